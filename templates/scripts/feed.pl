# feed [all] ROLE DEFERRED EVENTS super: COMMAND… role: COMMAND…: gives a dump's statements to psql, each with the rights that it needs:
# the first command is psql as a superuser, the second as ROLE, the throwaway login that owns the database meanwhile. ROLE runs
# whatever may evaluate something that the database's owner wrote, and everything that isn't known here. DEFERRED and EVENTS are
# written, for a superuser to run once the data is in. Without "all", subscriptions are left out: they hold on to their database.
#
# A psql runs until the other's turn comes and is waited for, so that neither ever reads what is meant for the other.
my $all = ($rest[0] // '') eq 'all' ? shift @rest : '';
my ($role, @files) = splice @rest, 0, 3;
$role = qq("$role");
my %command;
for my $who (qw(super role)) {
  shift @rest;
  push @{ $command{$who} }, shift @rest while @rest && $rest[0] ne 'role:';
}
my @to_run;
for my $file (@files) { open my $handle, '>', $file or refuse("cannot write $file"); binmode $handle; push @to_run, $handle }
my ($deferred, $events) = @to_run;

my ($turn, $psql, $after_super) = ('', undef, 0);
my (%settings, %untrusted, %shell, $planted, $acting);
$SIG{PIPE} = 'IGNORE';

my $word1 = qr/(?:"x"|[A-Za-z_\x80-\xff][A-Za-z_\x80-\xff0-9\$]*)/;
my $dotted = qr/$word1(?:\.$word1)*/;
my $owned = qr/TABLE|VIEW|MATERIALIZED VIEW|SEQUENCE|INDEX|FOREIGN TABLE|TYPE|DOMAIN|SCHEMA|COLLATION|CONVERSION|(?:PROCEDURAL )?LANGUAGE|SERVER|FOREIGN DATA WRAPPER|PUBLICATION|STATISTICS|TEXT SEARCH (?:CONFIGURATION|DICTIONARY)/;
my $granted = qr/TABLE|SEQUENCE|FUNCTION|PROCEDURE|ROUTINE|SCHEMA|TYPE|DOMAIN|LANGUAGE|LARGE OBJECT|FOREIGN DATA WRAPPER|FOREIGN SERVER/;

# Functions in a language like C belong to ROLE too, so that SECURITY DEFINER gives nothing more; rows of an extension's own tables
# are loaded by ROLE.
my $handed = <<"SQL";
DO \$\$ DECLARE one record; BEGIN
  FOR one IN SELECT p.oid::regprocedure AS id FROM pg_proc p WHERE p.oid > current_setting('bitacora.newest')::oid AND proowner = current_user::regrole
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 1255 AND objid = p.oid AND deptype = 'e') LOOP
    EXECUTE format('ALTER ROUTINE %s OWNER TO $role', one.id);
  END LOOP;
  FOR one IN SELECT c.oid::regclass AS id, relkind FROM pg_class c JOIN pg_depend d ON classid = 1259 AND objid = c.oid AND deptype = 'e' WHERE relkind IN ('r', 'p', 'S') LOOP
    EXECUTE format(CASE one.relkind WHEN 'S' THEN 'GRANT SELECT, UPDATE ON SEQUENCE %s TO $role' ELSE 'GRANT SELECT, INSERT ON TABLE %s TO $role' END, one.id);
  END LOOP;
END \$\$;
SQL

# What is there when a superuser's turn begins isn't handed over.
my $newest = "SELECT pg_catalog.set_config('bitacora.newest', (SELECT pg_catalog.max(oid)::text FROM pg_catalog.pg_proc), false);\n";
my %superuser = map { $_ => 1 } split /\n/, $ENV{SUPERUSERS} // '';

sub ends {
  return unless $psql;
  put($handed) if $after_super;
  my $closed = close $psql;
  ($psql, $after_super) = (undef, 0);
  return if $closed;
  print STDERR "psql as $turn ended with ", $? >> 8 || $?, "\n";
  exit 1;
}

# put TEXT…: to the psql whose turn it is. One that has failed has said why.
sub put {
  return if print {$psql} @_;
  close $psql;
  exit 1;
}

sub turn_to {
  my ($who) = @_;
  return if $psql && $turn eq $who;
  ends();
  $turn = $who;
  open $psql, '|-', @{ $command{$who} } or refuse("cannot start $command{$who}[0]: $!");
  binmode $psql;
  # Nothing of the dump is a command to psql, where psql knows how to be told so.
  if ($ENV{RESTRICTED}) {
    open my $random, '<:raw', '/dev/urandom' or refuse('no random numbers');
    read $random, my $bytes, 16;
    put('\\restrict ', unpack('H*', $bytes), "\n");
  }
  put($newest) if $who eq 'super';
  for my $name (sort keys %settings) { put("$settings{$name}\n") if $who eq 'role' || $name =~ /^(?:client_encoding|standard_conforming_strings)$/ }
}

# a_superusers TEXT, SKELETON: whether a function becomes a superuser's by it. That is done at once, before code of the owner runs: by
# the end, that could have put something else into the function.
sub a_superusers {
  my ($statement, $bare) = @_;
  return 0 unless $bare =~ /^ALTER (?:FUNCTION|PROCEDURE|ROUTINE|AGGREGATE) [^;]* OWNER TO $word1;$/ && $statement =~ / OWNER TO ("(?:[^"]|"")*"|\S+);$/;
  my $owner = $1;
  $owner =~ s/""/"/g if $owner =~ s/^"(.*)"$/$1/s;
  return $superuser{$owner};
}

# route TEXT, SKELETON: whose a statement is: role, super, deferred, events or none. By its own leading words, never by comments.
sub route {
  my ($statement, $bare) = @_;
  return 'events' if $bare =~ /^(?:CREATE|ALTER) EVENT TRIGGER / || $bare =~ /^(?:COMMENT|SECURITY LABEL FOR $word1) ON EVENT TRIGGER /;
  if ($bare =~ /^(?:CREATE|ALTER) SUBSCRIPTION / || $bare =~ /^(?:COMMENT|SECURITY LABEL FOR $word1) ON SUBSCRIPTION /) { return $all ? 'deferred' : 'none' }
  if ($bare =~ /^(?:RE)?SET SESSION AUTHORIZATION\b/) {
    $acting = $bare !~ /^RESET|\bDEFAULT ?;$/;
    return 'deferred';
  }
  return 'deferred' if $bare =~ /^(?:GRANT|REVOKE) [^;]* ON (?:$granted) /;
  refuse('a statement under SET SESSION AUTHORIZATION that grants nothing') if $acting;
  return 'deferred' if $bare =~ /^ALTER (?:$owned) (?:ONLY )?$dotted OWNER TO $word1;$/ || $bare =~ /^ALTER LARGE OBJECT [0-9]+ OWNER TO $word1;$/
    || $bare =~ /^ALTER (?:FUNCTION|PROCEDURE|ROUTINE|AGGREGATE|OPERATOR) [^;]* OWNER TO $word1;$/
    || $bare =~ /^ALTER SEQUENCE $dotted OWNED BY $dotted;$/ || $bare =~ /^ALTER DEFAULT PRIVILEGES /
    || $bare =~ /^(?:COMMENT|SECURITY LABEL FOR $word1) ON (?!DATABASE|ROLE|TABLESPACE)/ || $bare =~ /^CREATE USER MAPPING /;
  return 'role' unless $bare =~ /^(?:CREATE|ALTER)/;
  if ($bare =~ /^CREATE EXTENSION /) {
    # What stands in its schema could be called by the extension's script.
    refuse('an extension after things of the owner') if $planted;
    return 'super';
  }
  return 'super' if needs_super($statement, $bare);
  $planted = 1 if $bare !~ /^CREATE (?:SCHEMA|COLLATION) /;
  return 'role';
}

sub needs_super {
  my ($statement, $bare) = @_;
  if ($bare =~ /^CREATE (?:OR REPLACE )?(TRUSTED )?(?:PROCEDURAL )?LANGUAGE ($word1)/) { $untrusted{$2} = 1 unless $1; return 1 }
  return 1 if $bare =~ /^CREATE (?:ACCESS METHOD|CAST|OPERATOR CLASS|OPERATOR FAMILY|TEXT SEARCH PARSER|TEXT SEARCH TEMPLATE|TRANSFORM) /
    || $bare =~ /^ALTER OPERATOR FAMILY [^;]* ADD / || $bare =~ /^CREATE PUBLICATION $word1 FOR ALL TABLES/
    || $bare =~ /^ALTER PUBLICATION $word1 ADD TABLES IN SCHEMA $word1;$/;
  if ($bare =~ /^CREATE TYPE $dotted(;| \(| AS RANGE)/) {
    my $kind = $1;
    my ($type) = $statement =~ /^CREATE TYPE ($name(?:\.$name)?)/;
    $shell{$type} = 1 if $kind eq ';';
    return $kind ne ' AS RANGE' || $shell{$type};
  }
  if ($bare =~ /^CREATE FOREIGN DATA WRAPPER /) {
    refuse('a foreign data wrapper whose validator is not an extension\'s') if $bare =~ / VALIDATOR (?!postgresql_fdw_validator\b)/;
    return 1;
  }
  return 1 if $bare =~ /^CREATE SERVER /;
  if ($bare =~ /^CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE) /) {
    my $outside = $bare;
    1 while $outside =~ s/\([^()]*\)//g;
    my ($language) = $outside =~ / LANGUAGE ($word1)/ or return 0;
    return 0 unless $untrusted{$language} || $language =~ /^(?:c|internal|plsh|plr|\w+u)$/i;
    # A default is evaluated where it is written down, and may be of a type that calls a function of the owner.
    refuse('a default that names a type or function, in a function that only a superuser may create')
      if $bare =~ /(?: DEFAULT |=)(.*?)(?:\) RETURNS | LANGUAGE )/ && $1 =~ /["A-Za-z_\x80-\xff\$]\.|OPERATOR ?\(/;
    return 1;
  }
  if ($bare =~ /^CREATE (?:OR REPLACE )?AGGREGATE / && $bare =~ /[( ]M?STYPE = internal\b/) {
    refuse('an aggregate that only a superuser may create, of a type of the owner') if $bare =~ /[( ]M?STYPE = (?:$word1\.|"x")/;
    return 1;
  }
  return 0;
}

$ended = sub {
  my ($statement, $bare, $after) = @_;
  $bare =~ s/"(?:[^"]|"")*"/"x"/g;
  $bare =~ s/$space+/ /g;
  settings($statement);
  if ($statement =~ /^SET default_tablespace = ($name);$/ && $1 ne "''") {
    turn_to('super');
    put("GRANT CREATE ON TABLESPACE $1 TO $role;\n");
  }
  my $table = copied($statement, $after);
  my $whose = route($statement, $bare);
  return if $whose eq 'none';
  if ($whose eq 'deferred' && a_superusers($statement, $bare)) {
    turn_to('super');
    put($handed, $newest) if $after_super;
    $after_super = 0;
    put("$statement\n");
    return;
  }
  if ($whose eq 'deferred' || $whose eq 'events') { print { $whose eq 'events' ? $events : $deferred } "$statement\n" or refuse("cannot write: $!"); return }
  turn_to($whose);
  # Code of the owner may have changed what psql goes by to find the end of a text.
  put($settings{client_encoding} // "SET client_encoding = 'UTF8';", "\n", $settings{standard_conforming_strings} // 'SET standard_conforming_strings = on;', "\n") if $whose eq 'role' && $statement =~ /[\\\x80-\xff]/;
  put("$statement\n");
  if ($bare =~ /^SET (?!SESSION AUTHORIZATION)($dotted) (?:=|TO) / || $statement =~ /^SELECT pg_catalog\.set_config\('(search_path)', '', false\);$/) {
    $settings{$1} = $statement;
    if ($1 =~ /^(?:client_encoding|standard_conforming_strings)$/) { print {$_} "$statement\n" for $deferred, $events }
  }
  if ($whose eq 'super') {
    $after_super = 1 if $bare =~ /^CREATE (?:EXTENSION|(?:OR REPLACE )?(?:FUNCTION|PROCEDURE|AGGREGATE)) /;
    put("GRANT USAGE ON FOREIGN SERVER $1 TO $role;\n") if $statement =~ /^CREATE SERVER (?:IF NOT EXISTS )?($name)/;
  }
  return unless defined $table;
  while (defined(my $line = <STDIN>)) {
    $number++;
    refuse('a zero byte') if index($line, "\0") >= 0;
    print {$psql} $line or put('');
    next if substr($line, 0, 2) ne '\\.';
    return if $line eq "\\.\n";
    refuse('the end of the data is not as a dump writes it') if $line =~ /^\\\.\r?$/;
  }
  refuse("it ends within the rows of $table");
};
read_dump(sub { refuse('a message of pg_dump, which is no SQL') });
refuse('it ends too early') unless $complete && $text eq '' && $in eq '';
ends();
close $_ or refuse("cannot write: $!") for $deferred, $events;
