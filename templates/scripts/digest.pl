# digest HASHER…: what a dump holds, a line each, so that two dumps can be compared whatever the order of their entries is:
#   version        major versions of the server and of pg_dump
#   encoding       its client_encoding
#   statement      the object by the comment of its entry, the statement with the settings that it depends on
#   data           the table, its columns, its number of rows, and the hash of their bytes by the program HASHER; short ones as they are
#   large objects  the first of some, how many, and the same
#   end            where the dump is whole
# rows FILE HASHER…: of the tables that FILE names, each row behind the table's name, to be sorted; of a long one its hash, since sort holds a
# row in memory.
# Bytes are hashed by a program, since perl-base has none for it.
my $object = '';
my (%set, $acting);
my $most_held = 1024;
# A program that ends too early is an error with words.
$SIG{PIPE} = 'IGNORE';

my %escape = ("\\" => '\\\\', "\n" => '\n', "\t" => '\t', "\r" => '\r');
sub line { print join("\t", map { s/([\\\n\t\r])/$escape{$1}/gr } @_), "\n" or refuse("cannot write: $!") }

sub new_hash { return { held => '', pipe => undef } }
sub add {
  my ($hash, $bytes) = @_;
  if (!$hash->{pipe}) {
    $hash->{held} .= $bytes;
    return if length $hash->{held} <= $most_held;
    # What it says comes after what was printed before.
    open $hash->{pipe}, '|-', @rest or refuse("cannot start $rest[0]: $!");
    binmode $hash->{pipe};
    $bytes = $hash->{held};
    $hash->{held} = '';
  }
  print { $hash->{pipe} } $bytes or refuse("cannot write to $rest[0]: $!");
}
sub finish_hash {
  my ($hash, @words) = @_;
  return line(@words, "= $hash->{held}") unless $hash->{pipe};
  local $| = 1;
  print join("\t", map { s/([\\\n\t\r])/$escape{$1}/gr } @words), "\t" or refuse("cannot write: $!");
  close $hash->{pipe} or refuse("$rest[0] failed");
}

# Large objects come by their numbers: some are hashed at once, since there may be a million small ones.
my ($large, $first, $count, $bytes);
sub large_object {
  my ($statement) = @_;
  if ($statement =~ /^SELECT pg_catalog\.lo_open\('([0-9]+)', [0-9]+\);$/) {
    end_large_objects() if $large && $bytes > 1 << 20;
    ($large, $first, $count, $bytes) = (new_hash(), $1, 0, 0) unless $large;
    $count++;
    add($large, "$1 ");
    return 1;
  }
  if ($large && $statement =~ /^SELECT pg_catalog\.lowrite\(0, '\\+x([0-9a-f]*)'\);$/) {
    $bytes += length $1;
    add($large, $1);
    return 1;
  }
  return $statement =~ /^SELECT pg_catalog\.lo_close\(0\);$/ || $object =~ /^BLOBS? / && $statement =~ /^(?:BEGIN|COMMIT);$/;
}
sub end_large_objects {
  finish_hash($large, 'large objects', $first, $count) if $large;
  undef $large;
}

# What a statement depends on that stands before it, and not before each: those of the entries before, in another order, may have set it.
sub depends {
  my ($bare) = @_;
  my @on;
  push @on, "tablespace $set{default_tablespace}" if !$ENV{MOVED} && ($set{default_tablespace} // "''") ne "''" && $bare =~ /^(?:CREATE (?:UNLOGGED )?TABLE|CREATE (?:UNIQUE )?INDEX|CREATE MATERIALIZED VIEW|ALTER TABLE [^;]* ADD CONSTRAINT) /;
  push @on, "access method $set{default_table_access_method}" if defined $set{default_table_access_method} && $bare =~ /^CREATE (?:(?:UNLOGGED )?TABLE (?![^;]* PARTITION BY )|MATERIALIZED VIEW )/;
  push @on, "as $acting" if defined $acting;
  # So that nothing within looks like its end.
  return @on ? '[' . join(', ', @on) =~ tr/]/}/r . '] ' : '';
}

if ($mode eq 'digest') {
  $entry = sub {
    my ($type, $owner, $line) = @_;
    my ($named, $schema) = $line =~ /^-- (?:Data for )?Name: (.*); Type: .*?; Schema: (.*?); Owner: /;
    $named = "$schema.$named" if $schema ne '-';
    $object = "$type $named";
    set_apart($type, $line);
    end_large_objects() if $type !~ /^BLOB/;
  };
  $ended = sub {
    my ($statement, $bare, $after) = @_;
    $bare =~ s/$space+/ /g;
    if (is_apart($bare)) { read_rows() if defined copied($statement, $after); return }
    if (defined(my $table = copied($statement, $after))) {
      my ($columns) = $statement =~ /^COPY \Q$table\E (\(.*\) )?/s;
      my $hash = new_hash();
      my ($rows) = read_rows(sub { add($hash, $_[0]) });
      # Whoever loads it says why.
      exit 0 unless defined $rows;
      finish_hash($hash, 'data', $table, $columns // '', $rows);
      return;
    }
    settings($statement);
    if ($bare =~ /^SET SESSION AUTHORIZATION /) { ($acting) = $statement =~ /^SET SESSION AUTHORIZATION (.*);$/s; return }
    if ($bare =~ /^RESET SESSION AUTHORIZATION;$/) { undef $acting; return }
    if ($statement =~ /^SET (default_tablespace|default_table_access_method) = (.*);$/) { $set{$1} = $2; return }
    if ($statement =~ /^SET client_encoding = '(.*)';$/) { line('encoding', $1); return }
    return if $statement =~ /^SET (?:statement_timeout|lock_timeout|idle_in_transaction_session_timeout|transaction_timeout|standard_conforming_strings|check_function_bodies|xmloption|client_min_messages|row_security) = [a-z0-9]+;$/
      || $statement =~ /^SELECT pg_catalog\.set_config\('search_path', '', false\);$/;
    return if large_object($statement);
    my $what = $statement =~ /^(?:(?:ALTER|GRANT|REVOKE|COMMENT|SECURITY LABEL) [^']*|SELECT pg_catalog\.lo_(?:create|unlink)\()(?:LARGE OBJECT |')([0-9]+)\b/ ? "LARGE OBJECT $1" : $object;
    line('statement', $what, depends($bare) . $statement);
  };
  read_dump(sub { });
  end_large_objects();
  line('version', join ', ', @versions);
  print "end\n" if $complete && $text eq '' && $in eq '';
  exit 0;
}

if ($mode eq 'rows') {
  my %wanted;
  my $file = shift @rest;
  open my $names, '<:raw', $file or refuse("cannot read $file");
  while (<$names>) { chomp; $wanted{$_} = 1 }
  close $names;
  $ended = sub {
    my ($statement, $bare, $after) = @_;
    settings($statement);
    defined(my $table = copied($statement, $after)) or return;
    my $named = $table =~ s/([\\\n\t\r])/$escape{$1}/gr;
    my ($row, $long) = ('');
    my ($rows) = read_rows($wanted{$named} ? sub {
      while ($_[0] =~ /[^\n]*+\n|[^\n]++/g) {
        my $part = $&;
        if ($long) { add($long, $part) }
        elsif (length($row .= $part) > 1 << 16) { add($long = new_hash(), $row) }
        next if substr($part, -1) ne "\n";
        if ($long) { finish_hash($long, $table, 'long') }
        else { print "$named\t$row" or refuse("cannot write: $!") }
        ($row, $long) = ('');
      }
    } : ());
    refuse("it ends within the rows of $table") unless defined $rows;
  };
  read_dump(sub { });
  refuse('it ends too early') unless $complete && $text eq '' && $in eq '';
  exit 0;
}
