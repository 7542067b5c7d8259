# A part of feed.pl: a table that inherits from what another owner has, where whoever creates it must own both, or a superuser's foreign
# table, which may name a file of the server. A superuser creates it without any expression, which runs nothing, and its owner's login
# adds defaults and checks.

# elements TEXT: what stands between the commas of a list, up to the parenthesis that ends it; the rest comes last.
sub elements {
  my ($list) = @_;
  my ($depth, @found) = (0, '');
  pos($list) = 0;
  while ($list =~ /\G(?:$text1|"(?:[^"]++|"")*+"|[^'"(),E]++|.)/gcs) {
    my $token = $&;
    return (@found, substr $list, pos $list) if $token eq ')' && !$depth--;
    $depth++ if $token eq '(';
    if ($token eq ',' && !$depth) { push @found, '' }
    else { $found[-1] .= $token }
  }
  return;
}

# in_two STATEMENT: a table's name, the statement without expressions, and the statements that add them; nothing where its owner's login may
# create it, or where an expression can't come later.
sub in_two {
  my ($statement) = @_;
  my ($head, $table, $list) = $statement =~ /^(CREATE (?:UNLOGGED |FOREIGN )?TABLE ($name(?:\.$name)?) \()(.*)$/s or return;
  my @elements = elements($list) or return;
  my $tail = pop @elements;
  my $options = qr/\((?:$text1|[A-Za-z0-9_.,=\s]++|"(?:[^"]++|"")*+")*+\)/;
  my ($parents) = $tail =~ /^(?:\s*INHERITS \(((?:[^"()']++|"(?:[^"]++|"")*+")++)\))?(?:\s*WITH $options|\s*SERVER $name(?:\s*OPTIONS $options)?)?;$/ or return;
  my @parents = ($parents // '') =~ /($name(?:\.$name)?)/g;
  return unless $head =~ / FOREIGN / && $login eq $keeper || grep { ($made{$_} // '') ne $login } @parents;
  unproven('a table of a superuser') if $login eq $keeper;
  my (@columns, @more);
  for my $element (@elements) {
    $element =~ s/^\s+|\s+$//g;
    if ($element =~ /^CONSTRAINT $name CHECK /) { push @more, "ALTER TABLE ONLY $table ADD $element;"; next }
    if ($element =~ s/^($name .*?) DEFAULT (.*?)((?:(?: CONSTRAINT $name)? NOT NULL(?: NO INHERIT)?)?(?: COLLATE $name(?:\.$name)?)?)$/$1$3/s) {
      my $expression = $2;
      $element =~ /^($name) /;
      push @more, "ALTER TABLE ONLY $table ALTER COLUMN $1 SET DEFAULT $expression;";
    }
    # A name, a type and nothing that is evaluated.
    (my $shape = $element) =~ s/"(?:[^"]|"")*"/x/g;
    return if $shape =~ /[^A-Za-z0-9_\x80-\xff.,()\[\] ]/ || $shape =~ /\b(?:DEFAULT|CHECK|GENERATED|USING|REFERENCES|LIKE|UNIQUE|KEY|EXCLUDE|OPTIONS)\b/i;
    push @columns, $element;
  }
  return ($table, $head . join(', ', @columns) . ')' . $tail, @more);
}

# create_in_two TABLE, STATEMENT: with the access method and the tablespace that the dump has set.
sub create_in_two {
  my ($table, $statement) = @_;
  my @set = map { $settings{$_} // () } qw(default_table_access_method default_tablespace);
  lent(join("\n", @set, $statement, qq(ALTER TABLE $table OWNER TO "$login";), map { /^SET (\w+)/ ? "RESET $1;" : () } @set));
}
