# by-hand [super]: SQL from stdin that a person gives to psql. Code of an owner, which some of it runs, may have changed in the session what
# psql goes by to find the end of a text, and so what it takes for a command of its own: that is set anew before each statement that could
# be read in two ways. "super": a superuser runs it, and it must run nothing of an owner's. To read a value of a type that is not
# PostgreSQL's own may run that type's checks, wherever it stands; such a statement is left to a person, with those that name what it makes.
# What ends a line for some programs and not for others would end a comment.
sub one_way { my ($text) = @_; $text =~ s/[\x0b\x0c\r]|\xc2\x85|\xe2\x80[\xa8\xa9]/ /g; return $text }
if ($mode eq 'by-hand') {
  my ($super, @left) = scalar @rest;
  $ended = sub {
    my ($statement, $bare) = @_;
    $bare =~ s/"(?:[^"]|"")*"/x/g;
    if ($super && ($bare =~ /''\s*::\s*(?!pg_catalog\b)$word\s*\./ || grep { $statement =~ $_ } @left)) {
      push @left, qr/(?<![\w"\$.\x80-\xff])\Q$1\E(?![\w"\$\x80-\xff])/ if $statement =~ /^CREATE (?:OR REPLACE )?(?:RECURSIVE |MATERIALIZED )?VIEW ($name(?:\.$name)?)/;
      push @left, qr/ TRIGGER \Q$1\E(?: ON |;)/ if $statement =~ /^CREATE (?:CONSTRAINT )?TRIGGER ($name) /;
      print '-- left to you, since it may run code of an owner as a superuser; where you know that code:', "\n";
      print map { "--   $_\n" } split /\n+/, one_way($statement);
      return;
    }
    print "SET LOCAL client_encoding = 'UTF8'; SET LOCAL standard_conforming_strings = on;\n" if $statement =~ /[\\\x80-\xff]/;
    print "$statement\n";
  };
  fresh();
  while (defined(my $line = <STDIN>)) {
    $number++;
    refuse('a zero byte') if index($line, "\0") >= 0;
    if ($in eq '' && $text eq '' && $line =~ /^--/) { print one_way($line); next }
    lex($line);
  }
  refuse('it ends within a statement') if $text ne '' || $in ne '';
  close STDOUT or refuse('cannot write');
  exit 0;
}
