# differences [table] [unproven] [escape]: of two digests, what only one of them has, as comm -3 prints it: the backup's lines first, those of
# the restored database behind a tab. Says "differs …" and "note …" for people, "reread …" for a table whose columns stand in another
# order, "rows …" for one whose rows may do so, and at last "compared".
my %case = map { $_ => 1 } @rest;
my (@left, %data, %skipped);

# Statements of indexes that PostgreSQL refused to build, behind a number each (indexes.sh).
my %refused;
if (($ENV{LEFT} // '') ne '') {
  open my $refused, '<:raw', $ENV{LEFT} or refuse("cannot read $ENV{LEFT}");
  local $/ = "\0";
  my @all = map { chomp; $_ } <$refused>;
  $refused{ $all[$_] }++ for grep { $_ % 2 } 0 .. $#all;
}

my $quoted = qr/"(?:[^"]++|"")*+"/;
my $token = qr/(?<literal>(?:[EeBbXxNn]|[Uu]&)?'(?:[^']++|'')*+'|\$([A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$.*?\$\g{-1}\$|\$\$.*?\$\$)|(?<word>(?:$quoted|[A-Za-z_\x80-\xff][\w\x80-\xff\$]*)(?:\.(?:$quoted|[A-Za-z_\x80-\xff][\w\x80-\xff\$]*))*)|(?<open>[(\[])|(?<close>[)\]])|(?<other>::|[0-9.]+|[-+*\/<>=~!@#%^&|`?]+|.)/s;

# tree STATEMENT: its words; a list for what stands in parentheses or brackets, with the kind of these first. Nothing where they don't fit.
sub tree {
  my ($statement) = @_;
  my @open = ([]);
  while ($statement =~ /\G\s*+(?=\S)$token/gc) {
    my %got = %+;
    if (defined $got{open}) { push @open, [$got{open}] }
    elsif (defined $got{close}) {
      return unless @open > 1;
      my $group = pop @open;
      push @{ $open[-1] }, $group;
    }
    else { push @{ $open[-1] }, $got{literal} // $got{word} // $got{other} }
  }
  return @open == 1 ? $open[0] : undef;
}

my %more = (
  character => qr/^varying$/, bit => qr/^varying$/, double => qr/^precision$/, timestamp => qr/^(?:with|without|time|zone)$/,
  time => qr/^(?:with|without|time|zone)$/, interval => qr/^(?:year|month|day|hour|minute|second|to)$/i,
);
# As PostgreSQL names the column of a cast: by the type's own name.
my %internal = (
  integer => 'int4', bigint => 'int8', smallint => 'int2', 'double precision' => 'float8', real => 'float4', boolean => 'bool',
  character => 'bpchar', 'character varying' => 'varchar', 'bit varying' => 'varbit', 'timestamp with time zone' => 'timestamptz',
  'timestamp without time zone' => 'timestamp', 'time with time zone' => 'timetz', 'time without time zone' => 'time',
);
sub column_of {
  my $type = $_[0] =~ s/^interval .*/interval/r;
  return $internal{$type} // ($type =~ /(?:^|\.)($quoted|[^".]+)$/)[0] // '';
}
sub bare { return ($_[0] // '') =~ s/^"(.*)"$/$1/sr }

# uncast LIST, TYPES: the list without casts, whose types are kept in TYPES. A name that a column without one gets all the same goes too: a
# branch of a UNION, and a subquery in an expression, have it only once they were read back.
sub uncast {
  my ($list, $types) = @_;
  my @kept;
  for (my $at = 0; $at < @$list; $at++) {
    my $one = $list->[$at];
    if (ref $one || $one ne '::') { push @kept, ref $one ? uncast($one, $types) : $one; next }
    my $type = $list->[++$at] // '';
    return $list if ref $type;
    my $more = $more{$type};
    while ($at < $#$list) {
      my $next = $list->[$at + 1];
      if (ref $next) { last unless $next->[0] eq '(' || @$next == 1 }
      elsif ($more && $next =~ $more) { $type .= " $next" }
      else { last }
      $at++;
    }
    $types->{$type} = 1;
    my ($as, $name) = @$list[$at + 1, $at + 2];
    $at += 2 if ($as // '') eq 'AS' && defined $name && !ref $name && bare($name) eq bare(column_of($type));
  }
  return \@kept;
}

sub is_word { return defined $_[0] && !ref $_[0] && $_[0] =~ /^["A-Za-z_\x80-\xff]/ }
# Before these, parentheses only group.
my $grouping = qr/^(?:AND|OR|NOT|WHERE|ON|WHEN|THEN|ELSE|CASE|SELECT|BY|HAVING|DEFAULT|RETURN|IS|LIKE|FROM|CHECK|USING|DISTINCT)$/;
# plain LIST: with no parentheses around what is one thing, and none around a part of a chain of ANDs or of ORs.
sub plain {
  my @items = map { ref $_ ? plain($_) : $_ } @{ $_[0] };
  my @kept = ref $_[0] && @items && !ref $items[0] && $items[0] =~ /^[(\[]$/ ? (shift @items) : ();
  while (@items) {
    my $one = shift @items;
    my $called = @kept && is_word($kept[-1]) && $kept[-1] !~ $grouping;
    if (ref $one && $one->[0] eq '(' && !$called) {
      my @inner = @$one[1 .. $#$one];
      my $single = @inner == 1 || @inner == 2 && is_word($inner[0]) && $inner[0] !~ $grouping && ref $inner[1];
      my ($before, $after) = ($kept[-1] // '', $items[0] // '');
      my %joins = map { $_ => 1 } grep { !ref $_ && /^(?:AND|OR)$/ } @inner;
      my $chain = keys %joins == 1 && !grep({ !ref $_ && /^(?:SELECT|CASE|BETWEEN)$/ } @inner) ? (keys %joins)[0] : '';
      if ($single || $chain ne '' && ($before eq $chain && ($after eq $chain || !@items) || $after eq $chain && ($before eq '(' || $before eq $chain))) { push @kept, @inner; next }
    }
    # A call's, or a list's: none within that only stand around all of it.
    while (ref $one && $one->[0] eq '(' && @$one == 2 && ref $one->[1] && $one->[1][0] eq '(') { $one = $one->[1] }
    push @kept, $one;
  }
  return \@kept;
}

sub written {
  my @words = map { ref $_ ? written($_) : $_ } @{ $_[0] };
  return join ' ', @words, !@words || $words[0] !~ /^[(\[]$/ ? () : $words[0] eq '(' ? ')' : ']';
}

# canonical STATEMENT: where it holds an expression: PostgreSQL writes some in another way once they were read back, and in that way ever after.
# Casts move within a list of values, and parentheses go; the types that they name stay.
sub canonical {
  my ($settings, $statement) = $_[0] =~ /^(\[[^\]]*\] )?(.*)$/s;
  $settings //= '';
  $statement =~ s/\bslot_name = (?:E?'(?:[^']|'')*'|NONE)/slot_name/ if $statement =~ /^CREATE SUBSCRIPTION /;
  # Its roles come in the order in which the server has them.
  $statement =~ s/ TO \K($quoted|\w+)((?:, (?:$quoted|\w+))+)(?= USING \(| WITH CHECK \(|;$)/join ', ', sort "$1$2" =~ m{$quoted|\w+}g/e if $statement =~ /^CREATE POLICY /;
  return "$settings$statement" unless $statement =~ /^(?:CREATE (?:OR REPLACE )?(?:(?:UNLOGGED |FOREIGN )?TABLE|(?:RECURSIVE )?VIEW|MATERIALIZED VIEW|RULE|(?:UNIQUE )?INDEX|POLICY|(?:CONSTRAINT )?TRIGGER|FUNCTION|PROCEDURE|STATISTICS|DOMAIN)|ALTER (?:FOREIGN )?TABLE .*(?:ADD CONSTRAINT|SET DEFAULT)|ALTER PUBLICATION) /s;
  my $tree = tree($statement) or return "$settings$statement";
  my %types;
  my $plain = plain(uncast($tree, \%types));
  # A child's columns come in the order of its parent once it is made again.
  if ($statement =~ /^CREATE (?:UNLOGGED )?TABLE .*\n\)\nINHERITS \(/s) {
    my ($columns) = grep { ref $plain->[$_] } 0 .. $#$plain;
    $plain->[$columns] = join ' , ', sort split / , /, substr written($plain->[$columns]), 2, -2;
  }
  return $settings . written($plain) . ' :: ' . join ', ', sort keys %types;
}

# around ONE, OTHER: of two statements, the part where they part.
sub around {
  my ($one, $other) = @_;
  ($one ^ $other) =~ /^\0*/;
  my $same = $+[0] > 40 ? $+[0] - 40 : 0;
  return map { my $part = substr $_, $same, 100; ($same ? '…' : '') . $part . (length($_) > $same + 100 ? '…' : '') } $one, $other;
}

sub unescaped { my ($one) = @_; my %of = ('\\' => '\\', n => "\n", t => "\t", r => "\r"); $one =~ s/\\([\\ntr])/$of{$1}/g; return $one }
# escape: it is not UTF-8.
sub shown { my ($one) = @_; $one =~ s/[\x00-\x20]+/ /g; $one =~ s/([\x80-\xff])/sprintf '\\%03o', ord $1/ge if $case{escape}; return $one }
sub differs { print 'differs ', shown($_[0]), "\n" }
sub number { my ($one) = @_; 1 while $one =~ s/^(\d+)(\d{3})/$1,$2/; return $one }

# skips OBJECT, STATEMENT: what kind of thing it is that is not compared; nothing where it is.
sub skips {
  my ($object, $statement) = @_;
  return 'contents of materialized views' if $statement =~ /^REFRESH MATERIALIZED VIEW /;
  return 'event triggers, which are not made for one table' if $case{table} && $statement =~ /^(?:\[[^\]]*\] )?(?:CREATE|ALTER|COMMENT ON|SECURITY LABEL FOR \S+ ON) EVENT TRIGGER /;
  return 'comments of extensions, which come with their packages' if $statement =~ /^COMMENT ON EXTENSION /;
  return 'owners and privileges, since nothing proves that this backup is yours' if $case{unproven} && $statement =~ /^(?:\[[^\]]*\] )?(?:ALTER .* OWNER TO |GRANT |REVOKE |ALTER DEFAULT PRIVILEGES )/s;
  return;
}

if ($mode eq 'differences') {
  while (defined(my $line = <STDIN>)) {
    chomp $line;
    my $side = $line =~ s/^\t// ? 1 : 0;
    my ($what, $object, @more) = map { unescaped($_) } split /\t/, $line, -1;
    if ($what eq 'version') { $versions[$side] = $object }
    elsif ($what eq 'statement') {
      # Of a schema that was public, under another name: what it was born with, a new one never had.
      next if !$side && $more[0] =~ /^REVOKE [A-Z, ]+ ON SCHEMA (?!public )(?:$quoted|\w+) FROM PUBLIC;$/;
      if (!$side && $refused{ $more[0] =~ s/^\[[^\]]*\] //r }) { $refused{ $more[0] =~ s/^\[[^\]]*\] //r }--; next }
      my $skipped = skips($object, $more[0]);
      if (defined $skipped) { $skipped{$skipped}++ unless $side; next }
      push @{ $left[$side] }, [$object, $more[0]];
    }
    elsif ($what eq 'data' && $data{data}{$object}[$side]) {
      # Rows of partitions that were loaded through the topmost table.
      $data{data}{$object}[$side][1] += $more[1];
      $data{data}{$object}[2] = 1;
    }
    else { $data{$what}{$object}[$side] = \@more }
  }
  my (%canonical, %pair, @objects);
  push @{ $canonical{ "$_->[0]\0" . canonical($_->[1]) } }, $_ for @{ $left[1] // [] };
  for my $one (@{ $left[0] // [] }) {
    my $others = $canonical{ "$one->[0]\0" . canonical($one->[1]) };
    if ($others && @$others) { shift @$others; next }
    push @objects, $one->[0] unless $pair{ $one->[0] };
    push @{ $pair{ $one->[0] }[0] }, $one->[1];
  }
  for my $one (map { @$_ } values %canonical) {
    push @objects, $one->[0] unless $pair{ $one->[0] };
    push @{ $pair{ $one->[0] }[1] }, $one->[1];
  }
  my $definitions = 0;
  for my $object (sort @objects) {
    my ($ours, $theirs) = map { $pair{$object}[$_] // [] } 0, 1;
    # Each version writes some of it in a way of its own, but makes the same things.
    if (@versions && (@$theirs || !grep { /^(?:\[[^\]]*\] )?(?:CREATE|ALTER TABLE [^;]* ADD CONSTRAINT) / } @$ours)) { $definitions++; next }
    # A password may stand in these.
    my $secret = $object =~ /^(?:USER MAPPING|SUBSCRIPTION|SERVER) /;
    if (@$ours && @$theirs) {
      my ($was, $is) = around($ours->[0], $theirs->[0]);
      differs($secret ? "$object is another in the restored database" : "$object: the backup has: $was; the restored database has: $is");
    }
    elsif (@$ours) { differs("$object is missing in the restored database" . ($secret ? '' : ': ' . (around($ours->[0], ''))[0])) }
    else { differs("$object is only in the restored database" . ($secret ? '' : ': ' . (around($theirs->[0], ''))[0])) }
  }
  for my $table (sort keys %{ $data{data} // {} }) {
    my ($ours, $theirs, $parted) = @{ $data{data}{$table} };
    if ($parted) { print 'rows '; line($table); next }
    my $order = sub { join ',', sort split /,\s*/, substr $_[0], 1, -2 };
    if (!$theirs) { differs("data of $table: " . number($ours->[1]) . ' rows in the backup, and no such table in the restored database') }
    elsif (!$ours) { differs("data of $table: " . number($theirs->[1]) . ' rows in the restored database, and no such table in the backup') }
    elsif ($ours->[1] != $theirs->[1]) { differs("data of $table: " . number($ours->[1]) . ' rows in the backup, ' . number($theirs->[1]) . ' in the restored database') }
    elsif ($ours->[0] eq $theirs->[0]) { print 'rows '; line($table) }
    elsif ($order->($ours->[0]) ne $order->($theirs->[0])) { differs("data of $table: other columns") }
    else { print 'reread '; line("COPY $table $ours->[0]") }
  }
  for my $from (sort { $a <=> $b } keys %{ $data{'large objects'} // {} }) { differs("large objects from $from on: other ones, or other values") }
  differs("the encoding of one dump is $_, and not of the other") for sort keys %{ $data{encoding} // {} };
  print "note not compared: $skipped{$_} $_\n" for sort keys %skipped;
  print "note $versions[0] made the backup, and $versions[1] the dump of what was restored: definitions are compared by name alone, $definitions are written in another way\n" if @versions;
  print "compared\n";
  exit 0;
}
