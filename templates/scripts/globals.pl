# globals DATABASE FOLDER [LOGIN]: reads a backup's roles, settings and grants, which are never run as they stand: each statement must have
# one of the shapes that backups are written in, or its line is refused. Writes into FOLDER: missing.sql, which asks for the roles that are
# not there, each by its name in hex, as it is here and as the server stores it; roles, the names as they are here; roles.sql, which makes
# them; rights.sql, what rights.sh gives them; database.sql, for DATABASE; owner; left, the statements that are left to a person, one a
# line; facts, what the file says (see globals-differences.pl); warnings. With LOGIN, for a drill: only that role may log in, and the others
# are made without a password and attributes.
my ($database, $folder, $login) = @rest;
my (%out, @roles, %role, @rights, %was_super);
for my $file (qw(missing.sql roles roles.sql rights.sql database.sql owner left facts warnings)) {
  open $out{$file}, '>', "$folder/$file" or refuse("cannot write $folder/$file");
  binmode $out{$file};
}

my $id = qr/(?:"(?:[^"]++|"")++"|[a-z_][a-z0-9_\$]*)/;
my $literal = qr/(?:E'(?:(?:[^'\\]++|''|\\\\){1,9999}+)*+'|'(?:(?:[^'\\]++|''){1,9999}+)*+')/;
# An empty name, as PostgreSQL stores it, stands in backups of before.
my $one_of = qr/(?:""|$literal|"(?:[^"]++|"")++"|[A-Za-z_\x80-\xff][A-Za-z0-9_\$\x80-\xff]*+)/;
my $lists = qr/$one_of(?:, ?$one_of)*+/;
my $grant = qr/GRANT $id TO $id(?: WITH ADMIN OPTION)?+; /;
# A part of a name that is a keyword stands in quotes.
my $part = qr/(?:"[A-Za-z_]+"|[A-Za-z_\x80-\xff][A-Za-z0-9_\$\x80-\xff]*)/;
my $parameter = qr/$part(?:\.$part)*/;
my $harmless = qr/^(?:log_(?:duration|lock_waits|min_duration_statement|min_error_statement|min_messages|statement|temp_files)|track_[a-z_]+|session_replication_role|temp_file_limit|deadlock_timeout|lc_messages|compute_query_id|commit_delay)$/;

sub unquoted {
  my ($one) = @_;
  return $one unless $one =~ s/^(E?)(['"])(.*)\2$/$3/s;
  my ($escapes, $quote) = ($1, $2);
  $one =~ s/$quote$quote/$quote/g;
  $one =~ s/\\\\/\\/g if $escapes;
  return $one;
}
sub as_literal { my ($one) = @_; my $escapes = $one =~ s/\\/\\\\/g ? 'E' : ''; $one =~ s/'/''/g; return "$escapes'$one'" }
sub as_name { my ($one) = @_; $one =~ s/"/""/g; return qq("$one") }
sub warning { print { $out{warnings} } "$_[0]\n" }
my %escape = ("\\" => '\\\\', "\n" => '\n', "\t" => '\t', "\r" => '\r');
# fact VALUE, KEY…: one thing that the file says.
sub fact { print { $out{facts} } join("\t", map { my $one = $_; $one =~ s/([\\\n\t\r])/$escape{$1}/g; $one } @_), "\n" }

sub unknown { refuse('roles and settings of a shape that no backup has') }

# What gives power over the server is never given by a file from a box: a person decides.
sub role_made {
  my ($named, $attributes) = @_;
  $attributes =~ /^((?:NO)?SUPERUSER) ((?:NO)?INHERIT) ((?:NO)?CREATEROLE) ((?:NO)?CREATEDB) ((?:NO)?LOGIN) ((?:NO)?REPLICATION) ((?:NO)?BYPASSRLS CONNECTION LIMIT -?[0-9]{1,9})(?: PASSWORD ($literal))?(?: VALID UNTIL ($literal))?$/ or unknown();
  my ($super, $inherits, $creates, $createdb, $logs_in, $replicates, $rest, $password, $until) = ($1, $2, $3, $4, $5, $6, $7, $8, $9);
  my $role = unquoted($named);
  unknown() if $role{$role} || $role eq '' || $role =~ /^pg_/;
  $role{$role} = 1;
  $was_super{$role} = 1 if $super eq 'SUPERUSER';
  push @roles, $role;
  my @words = ('NOSUPERUSER', $inherits, 'NOCREATEROLE', defined $login ? 'NOCREATEDB' : $createdb, defined $login && $login ne $role ? 'NOLOGIN' : $logs_in, 'NOREPLICATION');
  push @words, $rest unless defined $login && $login ne $role;
  push @words, map { "$_->[0] " . as_literal(unquoted($_->[1])) } grep { defined $_->[1] && (!defined $login || $login eq $role) } ['PASSWORD', $password], ['VALID UNTIL', $until];
  my ($quoted, $shown) = (as_literal($role), as_name($role));
  my ($bypasses, $limit) = split / /, $rest, 2;
  fact($_, 'role', $role, s/^NO(?=[A-Z])//r =~ s/ -?[0-9]+$//r) for $inherits, $createdb, $logs_in, $bypasses, $limit;
  fact(defined $_->[1] ? unquoted($_->[1]) : '', 'role', $role, $_->[0]) for ['PASSWORD', $password], ['VALID UNTIL', $until];
  print { $out{'missing.sql'} } "SELECT '", unpack('H*', $role), " ' || encode(convert_to($quoted, getdatabaseencoding()), 'hex')
  WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $quoted);\n";
  print { $out{'roles.sql'} } 'DO ', as_literal("BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $quoted) THEN CREATE ROLE $shown @words; END IF; END"), ";\n";
  print { $out{roles} } unpack('H*', $role), "\n";
  right("ALTER ROLE $named $_->[1]", 1) for grep { $_->[0] eq $_->[1] && $_->[1] ne 'SUPERUSER' } [$creates, 'CREATEROLE'], [$replicates, 'REPLICATION'];
}

# right STATEMENT, LEFT: what one of the file's roles has beyond its own attributes; LEFT: a person decides.
sub right {
  my ($statement, $left) = @_;
  my %right;
  if ($statement =~ /^GRANT ($id) TO ($id)(| WITH ADMIN OPTION| WITH ADMIN (?:TRUE|FALSE), INHERIT (?:TRUE|FALSE), SET (?:TRUE|FALSE))$/) { %right = (kind => 'member', what => unquoted($1), role => unquoted($2), options => $3) }
  elsif ($statement =~ /^ALTER ROLE ($id) (SUPERUSER|CREATEROLE|REPLICATION)$/) { ($left, %right) = (1, kind => 'attribute', what => $2, role => unquoted($1)) }
  elsif ($statement =~ /^ALTER ROLE ($id) SET ($parameter) TO ($lists)$/) {
    %right = (kind => 'setting', what => $2, role => unquoted($1), value => set_to($2, $3));
    return if names_programs($right{what}, $right{value});
  }
  elsif ($statement =~ /^COMMENT ON ROLE ($id) IS ($literal)$/) { %right = (kind => 'comment', what => unquoted($2), role => unquoted($1)) }
  elsif ($statement =~ /^GRANT CREATE ON TABLESPACE ($id) TO ($id)(| WITH GRANT OPTION)$/) { %right = (kind => 'tablespace', what => unquoted($1), role => unquoted($2), options => $3) }
  elsif ($statement =~ /^GRANT (SET|ALTER SYSTEM) ON PARAMETER ("[a-z0-9_\$]+"(?:\."[a-z0-9_\$]+")*) TO ($id)(| WITH GRANT OPTION)$/) {
    %right = (kind => 'parameter', value => $1, what => $2, role => unquoted($3), options => $4);
    $left = 1 unless $1 eq 'SET' && $2 =~ /^"(.*)"$/ && $1 =~ $harmless;
  }
  else { unknown() }
  unknown() unless $role{ $right{role} };
  $left = 1 if $right{kind} eq 'member' && $right{what} =~ /^pg_/;
  $right{left} = 'yes' if $left;
  # Its number, where a restore names it; the statement, where a difference is named.
  my ($kind, $value, $what) = ($right{kind}, $right{options} // '', $right{what});
  if ($kind eq 'comment') { ($value, $what) = ($what, '') }
  elsif ($kind eq 'setting') { ($value, $what) = (listed($right{value}), lc $what) }
  elsif ($kind eq 'parameter') { $what .= " $right{value}" }
  fact($value, 'right', $right{role}, $kind, $what, 1 + @rights, one_line($statement));
  push @rights, { %right, statement => $statement };
}

# The file's role may be a superuser that was not one of its own when a member of it was written.
sub write_rights {
  for my $right (@rights) {
    $right->{left} = 'yes' if $right->{kind} eq 'member' && $was_super{ $right->{what} };
    my $statement = delete $right->{statement};
    print { $out{left} } one_line($statement), ";\n" if $right->{left};
  }
  my $all = join ",\n", map { my $right = $_; '{' . join(', ', map { json($_) . ': ' . json($right->{$_}) } sort keys %$right) . '}' } @rights;
  print { $out{'rights.sql'} } "SELECT pg_catalog.set_config('restoring.rights', ", as_literal("[$all]"), ", false);\n";
}

# one_line STATEMENT: the same in one line, whatever its names hold.
sub one_line {
  my ($statement) = @_;
  return $statement unless $statement =~ /[\x00-\x1f\x7f]/;
  $statement =~ s/\\/\\\\/g;
  $statement =~ s/'/''/g;
  $statement =~ s/([\x00-\x1f\x7f])/sprintf '\\x%02x', ord $1/ge;
  return "DO E'BEGIN $statement; END'";
}

# A path here would load a library of anybody's into each session.
sub names_programs {
  my ($setting, $value) = (lc $_[0] =~ tr/"//dr, $_[1]);
  return 0 unless $setting eq 'dynamic_library_path' || $setting =~ /_preload_libraries$/ && $value =~ m{/};
  warning("the setting $setting is left out: it names a path of programs");
  return 1;
}

# PostgreSQL stores an empty name in a way that it doesn't read.
# set_to SETTING, VALUE: as it is set here; what names a tablespace whose things go into another one names that one.
my %space;
if (defined $ENV{SPACES}) {
  open my $spaces, '<:raw', $ENV{SPACES} or refuse("cannot read $ENV{SPACES}");
  local $/ = "\0";
  %space = map { chomp; $_ } <$spaces>;
}
sub set_to {
  my ($setting, $value) = @_;
  $value = read_as_written($value);
  $value =~ s/\G($one_of)(, ?|\z)/my ($one, $more, $place) = ($1, $2, $space{ unquoted($1) }); (defined $place ? as_literal($place) : $one) . $more/ge
    if $setting =~ /^(?:default|temp)_tablespaces?$/i;
  return $value;
}

# listed VALUE: one text, however its parts are quoted.
sub listed { my ($value) = @_; return join ', ', map { as_literal(unquoted($_)) } $value =~ /\G($one_of)(?:, ?|\z)/g }

sub read_as_written { my ($value) = @_; $value =~ s/\G($one_of)(, ?|\z)/($1 eq '""' ? "''" : $1) . $2/ge; return $value }

# database_is BEFORE, AFTER: a statement about the database, whose name stands between them.
sub database_is {
  my ($before, $after) = @_;
  my $where = as_name($database);
  my ($value, @key) = ('', $after);
  if ($before eq 'ALTER DATABASE ' && $after =~ /^ OWNER TO ($id)$/) {
    fact(unquoted($1), 'database', 'OWNER');
    print { $out{owner} } unquoted($1);
    return;
  }
  if ($before eq 'REVOKE ALL ON DATABASE ' && $after =~ /^ FROM (?:PUBLIC|$id)$/) { @key = ('REVOKE') }
  elsif ($before eq 'ALTER DATABASE ' && $after eq ' IS_TEMPLATE true') { return if defined $login }
  elsif ($before eq 'COMMENT ON DATABASE ' && $after =~ /^ IS ($literal)$/) { ($value, @key) = (unquoted($1), 'COMMENT') }
  elsif ($before eq 'ALTER DATABASE ' && $after =~ /^ CONNECTION LIMIT ([0-9]{1,9})$/) { ($value, @key) = ($1, 'CONNECTION LIMIT') }
  elsif ($before =~ /^GRANT (?:CREATE|CONNECT|TEMPORARY) ON DATABASE $/ && $after =~ /^ TO (PUBLIC|$id)(| WITH GRANT OPTION)$/) {
    my ($to, $options) = ($1, $2);
    ($value, @key) = ($options, 'GRANT', $before, $to eq 'PUBLIC' ? $to : as_name(unquoted($to)));
  }
  elsif ((my ($role) = $before =~ /^ALTER (?:ROLE ($id) IN )?DATABASE $/) && $after =~ /^ SET ($parameter) TO ($lists)$/) {
    return if names_programs($1, $2);
    ($value, @key) = (set_to($1, $2), 'SET', defined $role ? as_name(unquoted($role)) : '', lc $1);
    $after = " SET $1 TO $value";
    $value = listed($value);
  }
  else { unknown() }
  fact($value, 'database', @key);
  print { $out{'database.sql'} } "$before$where$after;\n";
}

sub new_statement {
  my ($statement) = @_;
  return if $statement =~ /^SET client_encoding = '(?:UTF8|SQL_ASCII)';$/;
  $statement =~ /^DO ($literal);$/ or unknown();
  my $body = unquoted($1);
  if ($body =~ /^BEGIN EXECUTE pg_catalog\.concat\(($literal), pg_catalog\.quote_ident\(pg_catalog\.current_database\(\)\), ($literal)\); END$/) { return database_is(unquoted($1), unquoted($2)) }
  if ($body =~ /^BEGIN (.*); EXCEPTION WHEN OTHERS THEN RAISE WARNING '%', SQLERRM; END$/s) { return right($1, 0) }
  if ($body =~ /^BEGIN RAISE WARNING USING MESSAGE = ($literal); END$/) {
    my $left = unquoted($1);
    $left =~ s/^left to you: // or unknown();
    return right($left, 1);
  }
  # Those of before hold the role's memberships.
  $body =~ /^BEGIN IF NOT EXISTS \(SELECT FROM pg_catalog\.pg_roles WHERE rolname = ($literal)\) THEN CREATE ROLE ($id) (.*?); ((?:$grant)*+)END IF; END$/s or unknown();
  my ($condition, $named, $attributes, $grants) = ($1, $2, $3, $4);
  unknown() if unquoted($condition) ne unquoted($named);
  role_made($named, $attributes);
  while ($grants =~ /(GRANT $id TO ($id)(?: WITH ADMIN OPTION)?); /g) {
    my ($one, $to) = ($1, $2);
    unknown() if unquoted($to) ne unquoted($named);
    right($one, 0);
  }
}

# Backups of before: one line each, with psql's own commands between, which are read here and never run.
sub old_line {
  my ($line) = @_;
  return if $line =~ /^(?:|--.*|\\set ON_ERROR_STOP on|SELECT NOT EXISTS \(SELECT FROM pg_roles WHERE rolname = $literal\) AS made_[0-9]+ \\gset|\\if :made_[0-9]+|\\endif)$/;
  if ($line =~ /^CREATE ROLE ($id) (.*);$/) { return role_made($1, $2) }
  if ($line =~ /^(GRANT $id TO $id(?: WITH ADMIN OPTION)?);$/) { return right($1, 0) }
  if ($line =~ /^(ALTER DATABASE |ALTER ROLE $id IN DATABASE |REVOKE ALL ON DATABASE |GRANT [A-Z]+ ON DATABASE ):"database"( .*);$/) { return database_is($1, $2) }
  unknown();
}

my ($old, $last) = (0, '');
$ended = sub { my ($statement) = @_; new_statement($statement) };
fresh();
while (defined(my $line = <STDIN>)) {
  $number++;
  refuse('a zero byte') if index($line, "\0") >= 0;
  chomp($last = $line) if $line =~ /\S/;
  $old = 1 if $in eq '' && $text eq '' && $line eq "\\set ON_ERROR_STOP on\n";
  if ($old) { chomp $line; old_line($line) }
  elsif ($in eq '' && $text eq '' && $line =~ /^-- (.*) was a superuser$/) { $was_super{$1} = 1 }
  else { lex($line) }
}
refuse('the roles and settings end too early') unless $last eq '-- end of globals' && $text eq '' && $in eq '';
right('ALTER ROLE ' . as_name($_) . ' SUPERUSER', 1) for grep { $was_super{$_} } @roles;
write_rights();
close $_ or refuse("cannot write: $!") for values %out;
