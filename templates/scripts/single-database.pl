# What belongs to extensions that only one named database may have (single-database.sh): $ENV{SINGLE} holds "extension NAME" and "schema NAME",
# a line each. A dump without them is one that is loaded into another database.
my ($single, $apart);

# set_apart TYPE, LINE: whether an entry of the dump is one of theirs, by the comment before it.
sub set_apart {
  my ($type, $line) = @_;
  $single //= { map { $_ => 1 } split /\n/, $ENV{SINGLE} // '' };
  return $apart = 0 unless %$single;
  my ($named, $schema) = $line =~ /^-- (?:Data for )?Name: (.*); Type: .*?; Schema: (.*?); Owner: /;
  $apart = $single->{"schema $schema"} || $type eq 'EXTENSION' && $single->{"extension $named"}
    || $type =~ /^(?:ACL|COMMENT|SECURITY LABEL)$/ && $named =~ /^(EXTENSION|SCHEMA) (.*)$/s && $single->{ lc($1) . " $2" };
}

# end_apart: all of it is written.
my $keeping;
sub end_apart { if ($keeping) { close $keeping or refuse("cannot write: $!") } }

# is_apart SKELETON: whether a statement is of such an entry. Settings stand before the comment of the entry that they are for.
sub is_apart { return $apart && $_[0] !~ /^(?:SET|RESET) |^SELECT pg_catalog\.set_config\(/ }

# Of these, what brings the extension back with its rows; the rest (a trigger or a table of somebody's own there) is not for a superuser to run.
sub keep_apart {
  my ($statement, $bare, $after, $settings) = @_;
  my $table = copied($statement, $after);
  my ($file) = grep { defined && $_ ne '' } $ENV{KEPT_APART};
  my $theirs = defined $table ? $table : $statement =~ /^SELECT pg_catalog\.setval\('(.*?)'/s ? $1
    : $bare =~ /^(?:GRANT|REVOKE) / && $statement =~ /^[^']*? ON (?:TABLE|SEQUENCE|FUNCTION|PROCEDURE|SCHEMA) (.*)$/s ? $1 : '';
  my ($schema) = $theirs =~ /^("(?:[^"]|"")*"|[^\s.;"(]+)/;
  my $keeps = defined $file && ($bare =~ /^CREATE EXTENSION / || defined $schema && $single->{ 'schema ' . unquoted($schema) });
  if ($keeps && !$keeping) {
    open $keeping, '>:raw', $file or refuse("cannot write $file");
    print {$keeping} map { "$_\n" } @$settings;
  }
  print {$keeping} "$statement\n" or refuse("cannot write $file: $!") if $keeps;
  return unless defined $table;
  my ($rows) = read_rows($keeps ? sub { print {$keeping} $_[0] or refuse("cannot write $file: $!") } : ());
  refuse("it ends within the rows of $table") unless defined $rows;
  print {$keeping} "\\.\n" or refuse("cannot write $file: $!") if $keeps;
}
