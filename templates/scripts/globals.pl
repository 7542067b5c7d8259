# globals DATABASE FOLDER: reads a backup's roles, settings and grants, which are never run as they stand: each statement must have
# one of the shapes that backups are written in, or its line is refused. Writes into FOLDER: roles.sql; database.sql, for DATABASE;
# roles, the names; owner; warnings.
my ($database, $folder) = @rest;
my (%out, @roles, %role);
for my $file (qw(roles.sql database.sql roles owner warnings)) { open $out{$file}, '>', "$folder/$file" or refuse("cannot write $folder/$file"); binmode $out{$file} }

my $id = qr/(?:"(?:[^"]++|"")++"|[a-z_][a-z0-9_\$]*)/;
my $literal = qr/(?:E'(?:(?:[^'\\]++|''|\\\\){1,9999}+)*+'|'(?:(?:[^'\\]++|''){1,9999}+)*+')/;
# An empty name, as PostgreSQL stores it, stands in backups of before.
my $one_of = qr/(?:""|$literal|"(?:[^"]++|"")++"|[A-Za-z_\x80-\xff][A-Za-z0-9_\$\x80-\xff]*+)/;
my $lists = qr/$one_of(?:, ?$one_of)*+/;
my $grant = qr/GRANT $id TO $id(?: WITH ADMIN OPTION)?+; /;

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

sub unknown { refuse('roles and settings of a shape that no backup has') }

sub role_made {
  my ($named, $attributes) = @_;
  $attributes =~ /^((?:NO)?SUPERUSER) ((?:NO)?INHERIT (?:NO)?CREATEROLE (?:NO)?CREATEDB (?:NO)?LOGIN (?:NO)?REPLICATION (?:NO)?BYPASSRLS CONNECTION LIMIT -?[0-9]{1,9})(?: PASSWORD ($literal))?(?: VALID UNTIL ($literal))?$/ or unknown();
  my ($super, $plain, $password, $until) = ($1, $2, $3, $4);
  my $role = unquoted($named);
  unknown() if $role{$role} || $role =~ /[\x00-\x1f]/ || $role =~ /^pg_/;
  # A file from a box makes no superuser: one who has the right does that, knowing it.
  warning("the role $role was a superuser; where it is missing, it is created without that right") if $super eq 'SUPERUSER';
  $role{$role} = { make => join(' ', "NOSUPERUSER $plain", defined $password ? 'PASSWORD ' . as_literal(unquoted($password)) : (), defined $until ? 'VALID UNTIL ' . as_literal(unquoted($until)) : ()), groups => [] };
  push @roles, $role;
}

sub role_granted {
  my ($group, $role, $admin) = @_;
  ($group, $role) = (unquoted($group), unquoted($role));
  unknown() unless $role{$role};
  push @{ $role{$role}{groups} }, [$group, $admin];
}

# database_is BEFORE, AFTER: a statement about the database, whose name stands between them.
sub database_is {
  my ($before, $after) = @_;
  my $where = as_name($database);
  if ($before eq 'ALTER DATABASE ' && $after =~ /^ OWNER TO ($id)$/) { print { $out{owner} } unquoted($1); return }
  if ($before eq 'REVOKE ALL ON DATABASE ' && $after eq ' FROM PUBLIC') { }
  elsif ($before eq 'ALTER DATABASE ' && $after =~ /^ CONNECTION LIMIT [0-9]{1,9}$/) { }
  elsif ($before =~ /^GRANT (?:CREATE|CONNECT|TEMPORARY) ON DATABASE $/ && $after =~ /^ TO (?:PUBLIC|$id)(?: WITH GRANT OPTION)?$/) { }
  elsif ($before =~ /^ALTER (?:ROLE $id IN )?DATABASE $/ && $after =~ /^ SET ([A-Za-z_][A-Za-z0-9_\$]*(?:\.[A-Za-z_][A-Za-z0-9_\$]*)*) TO ($lists)$/) {
    my ($named, $setting, $value) = ($1, lc $1, $2);
    # A path here would load a library of anybody's into each session.
    if ($setting eq 'dynamic_library_path' || $setting =~ /_preload_libraries$/ && $value =~ m{/}) { warning("the setting $setting is left out: it names a path of programs"); return }
    # Which it doesn't read.
    $value =~ s/\G($one_of)(, ?|\z)/($1 eq '""' ? "''" : $1) . $2/ge;
    $after = " SET $named TO $value";
  }
  else { unknown() }
  print { $out{'database.sql'} } "$before$where$after;\n";
}

sub new_statement {
  my ($statement) = @_;
  $statement =~ /^DO ($literal);$/ or unknown();
  my $body = unquoted($1);
  if ($body =~ /^BEGIN EXECUTE pg_catalog\.concat\(($literal), pg_catalog\.quote_ident\(pg_catalog\.current_database\(\)\), ($literal)\); END$/) { return database_is(unquoted($1), unquoted($2)) }
  $body =~ /^BEGIN IF NOT EXISTS \(SELECT FROM pg_catalog\.pg_roles WHERE rolname = ($literal)\) THEN CREATE ROLE ($id) (.*?); ((?:$grant)*+)END IF; END$/s or unknown();
  my ($condition, $named, $attributes, $grants) = ($1, $2, $3, $4);
  unknown() if unquoted($condition) ne unquoted($named);
  role_made($named, $attributes);
  while ($grants =~ /GRANT ($id) TO ($id)( WITH ADMIN OPTION)?; /g) { unknown() if unquoted($2) ne unquoted($named); role_granted($1, $2, $3 // '') }
}

# Backups of before: one line each, with psql's own commands between, which are read here and never run.
sub old_line {
  my ($line) = @_;
  return if $line =~ /^(?:|--.*|\\set ON_ERROR_STOP on|SELECT NOT EXISTS \(SELECT FROM pg_roles WHERE rolname = $literal\) AS made_[0-9]+ \\gset|\\if :made_[0-9]+|\\endif)$/;
  if ($line =~ /^CREATE ROLE ($id) (.*);$/) { return role_made($1, $2) }
  if ($line =~ /^GRANT ($id) TO ($id)( WITH ADMIN OPTION)?;$/) { return role_granted($1, $2, $3 // '') }
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
  elsif ($in eq '' && $text eq '' && $line =~ /^-- (.*) was a superuser$/) { warning("the role $1 was a superuser; where it is missing, it is created without that right") }
  else { lex($line) }
}
refuse('the roles and settings end too early') unless $last eq '-- end of globals' && $text eq '' && $in eq '';
for my $role (@roles) {
  my ($named, $quoted) = (as_name($role), as_literal($role));
  my $grants = join '', map {
    my ($group, $admin) = @$_;
    my ($is, $shown) = (as_literal($group), as_name($group));
    "IF $is = ANY ('{pg_execute_server_program,pg_write_server_files,pg_read_server_files}') OR EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $is AND rolsuper) THEN RAISE WARNING USING MESSAGE = " . as_literal("$role is no member of $group, which gives rights over the server") . "; ELSE GRANT $shown TO $named$admin; END IF; ";
  } @{ $role{$role}{groups} };
  print { $out{'roles.sql'} } 'DO ', as_literal("BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $quoted) THEN CREATE ROLE $named $role{$role}{make}; ${grants}END IF; END"), ";\n";
  print { $out{roles} } "$role\n";
}
close $_ or refuse("cannot write: $!") for values %out;
