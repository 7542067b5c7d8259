# table FOLDER pre|post OWNER: of pg_dump's text of some tables and views, the statements in an order in which their owner can run them where the
# rest of the database exists already; without comments and settings of the session. What only a superuser may do is appended to FOLDER/super.
# Without OWNER a superuser runs it, and each thing goes to its owner at once.
# "pre": FOLDER/rights comes before the first grant, and partitions whose parent is none of these tables wait in FOLDER/attach.
# "post": those follow their own indexes, and FOLDER/keys stands before row-level security, which would stop the check of a key.
if ($mode eq 'table') {
  my ($folder, $part, $owner) = @rest;
  my $texts = sub {
    open my $file, '<:raw', "$folder/$_[0]" or return;
    local $/ = $_[1];
    return map { chomp; $_ } <$file>;
  };
  open my $super, '>>:raw', "$folder/super" or refuse("cannot write $folder/super");
  my %outside = map { $_ => 1 } $texts->('outside', "\0");
  my (%made, @attach, @outside, $lent);
  my %pending = map { $_ => 1 } $part eq 'pre' ? 'rights' : ('attach', 'keys');
  my $once = sub { if (delete $pending{ $_[0] }) { print $texts->($_[0], undef) } };
  $ended = sub {
    my ($statement, $bare) = @_;
    $lent = 1 if $bare =~ /^SET SESSION AUTHORIZATION /;
    if ($lent) {
      print {$super} "$statement\n";
      $lent = 0 if $bare =~ /^RESET SESSION AUTHORIZATION;/;
      return;
    }
    if ($statement =~ s/^SET (?=default_tablespace |default_table_access_method )/SET LOCAL /) { print "$statement\n"; return }
    # Statistics objects come with some versions of pg_dump only.
    return if $bare =~ /^(?:SET |SELECT pg_catalog\.set_config\(|(?:CREATE|ALTER|COMMENT ON) STATISTICS )/;
    $made{$1} = 1 if $statement =~ /^CREATE (?:UNLOGGED )?TABLE ($name(?:\.$name)?)/;
    if ($statement =~ /^ALTER TABLE ONLY ($name(?:\.$name)?) ATTACH PARTITION / && !$made{$1}) { push @attach, $statement; return }
    if (@outside && grep { $statement =~ $_ } @outside) { print {$super} "$statement\n"; return }
    if ($outside{$statement}) {
      push @outside, qr/^(?:COMMENT ON|ALTER TABLE \S.*) (?:TRIGGER|CONSTRAINT) \Q$1\E(?: ON |;)/ if $statement =~ /(?:TRIGGER|CONSTRAINT) ($name) /;
      # As a superuser nothing may be looked up in tables of others: PostgreSQL would evaluate what their owners wrote.
      $statement =~ s/(?: NOT VALID)?;$/ NOT VALID;/ if $bare =~ /FOREIGN KEY/;
      print {$super} "$statement\n";
      return;
    }
    if (defined $owner && $statement =~ / OWNER TO ("(?:[^"]|"")*"|[^\s";]+);$/ && $1 ne $owner) { print {$super} "$statement\n"; return }
    $once->('rights') if $bare =~ /^(?:GRANT|REVOKE) /;
    $once->('attach') if $bare =~ /^(?:ALTER INDEX .* ATTACH|CREATE (?:CONSTRAINT )?TRIGGER|ALTER TABLE .*(?: TRIGGER |FOREIGN KEY| ROW LEVEL )|CREATE POLICY)/s;
    $once->('keys') if $bare =~ /^(?:ALTER TABLE .* ENABLE ROW LEVEL|CREATE POLICY)/s;
    print "$statement\n";
  };
  read_dump(sub { refuse('a message of pg_dump, which is no SQL') });
  refuse('it ends too early') unless $complete && $text eq '' && $in eq '';
  $once->($_) for 'rights', 'attach', 'keys';
  if ($part eq 'pre') {
    open my $file, '>:raw', "$folder/attach" or refuse("cannot write $folder/attach");
    print {$file} map { "$_\n" } @attach;
    close $file or refuse("cannot write $folder/attach");
  }
  close $super or refuse("cannot write $folder/super");
  close STDOUT or refuse('cannot write');
  exit 0;
}
