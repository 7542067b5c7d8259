# feed [unproven] LOGINS DEFERRED EVENTS REFRESH SUBSCRIPTIONS super: COMMAND… role: COMMAND…: gives a dump's statements to psql, each with the
# rights that it needs. The first command is psql as a superuser; the second, with --username=LOGIN added, as one of the throwaway logins
# that own the new database's things meanwhile, one for each owner: so code of one owner runs with no rights over another's things, and
# never as a superuser. DEFERRED and EVENTS are written, for a superuser to run once the data is in; REFRESH, for the owners of
# materialized views after that; SUBSCRIPTIONS, for a person, each with what brings it back to work. "unproven": nothing says who wrote the
# dump, so nothing of it becomes a superuser's.
#
# A psql runs until another's turn comes and is waited for, so that none ever reads what is meant for another.
my %option;
$option{ shift @rest } = 1 if @rest && $rest[0] eq 'unproven';
my ($logins, @files) = splice @rest, 0, 5;
my %command;
for my $who (qw(super role)) {
  shift @rest;
  push @{ $command{$who} }, shift @rest while @rest && $rest[0] ne 'role:';
}
# The first three are those of the database's owner, of all superusers, and of whoever isn't named.
my (%login, @logins);
open my $named, '<:raw', $logins or refuse("cannot read $logins");
while (<$named>) {
  chomp;
  my ($one, $owner) = /^(\S+)(?: (.+))?$/s or refuse("cannot read $logins");
  push @logins, $one unless grep { $_ eq $one } @logins;
  $login{$owner} = $one if defined $owner;
}
close $named;
my ($loader, $keeper, $other) = @logins;
my $everyone = join ', ', map { qq("$_") } @logins;
my ($deferred, $events, $refresh, $subscriptions) = map { open my $handle, '>', $_ or refuse("cannot write $_"); binmode $handle; $handle } @files;

my ($turn, $psql, $lends) = ('', undef, 0);
my (%settings, %untrusted, %shell, $planted, $acting);
# Whose the present entry of the dump is, as its comment says.
my $login = $loader;
# Whether it is of large objects, and whether there was one.
my ($blobs, $entered);
# A function that waits for its signature; those whose SECURITY DEFINER comes last; who made a table.
my ($held, @definers, %made);
# What the first reading of the dump has found: routines that not everybody may call, and who may.
my (%revoked, %called);
if (defined $ENV{CALLERS}) {
  open my $callers, '<:raw', $ENV{CALLERS} or refuse("cannot read $ENV{CALLERS}");
  local $/ = "\0";
  while (<$callers>) {
    chomp;
    if (/^REVOKE ALL ON (?:FUNCTION|PROCEDURE) (.*) FROM PUBLIC;$/s) { $revoked{$1} = 1 }
    elsif (/^GRANT (?:ALL|EXECUTE) ON (?:FUNCTION|PROCEDURE) (.*) TO ("(?:[^"]|"")*"|[^\s";]+)(?: WITH GRANT OPTION)?;$/s) { push @{ $called{$1} }, unquoted($2) }
  }
}
# Tablespaces whose things go into another one.
my %space;
if (defined $ENV{SPACES}) {
  open my $spaces, '<:raw', $ENV{SPACES} or refuse("cannot read $ENV{SPACES}");
  local $/ = "\0";
  %space = map { chomp; $_ } <$spaces>;
}
$SIG{PIPE} = 'IGNORE';

my $word1 = qr/(?:"x"|[A-Za-z_\x80-\xff][A-Za-z_\x80-\xff0-9\$]*)/;
my $dotted = qr/$word1(?:\.$word1)*/;
my $owned = qr/TABLE|VIEW|MATERIALIZED VIEW|SEQUENCE|INDEX|FOREIGN TABLE|TYPE|DOMAIN|SCHEMA|COLLATION|CONVERSION|(?:PROCEDURAL )?LANGUAGE|SERVER|FOREIGN DATA WRAPPER|PUBLICATION|STATISTICS|TEXT SEARCH (?:CONFIGURATION|DICTIONARY)/;
my $granted = qr/TABLE|SEQUENCE|FUNCTION|PROCEDURE|ROUTINE|SCHEMA|TYPE|DOMAIN|LANGUAGE|LARGE OBJECT|FOREIGN DATA WRAPPER|FOREIGN SERVER/;

# Rows of an extension's own tables are loaded by the superusers' login.
my $lent = <<"SQL";
DO \$\$ DECLARE one record; BEGIN
  FOR one IN SELECT c.oid::pg_catalog.regclass AS id, relkind FROM pg_catalog.pg_class c WHERE c.oid IN (SELECT pg_catalog.unnest(extconfig) FROM pg_catalog.pg_extension) LOOP
    EXECUTE pg_catalog.format(CASE one.relkind WHEN 'S' THEN 'GRANT SELECT, UPDATE ON SEQUENCE %s TO "$keeper"' ELSE 'GRANT SELECT, INSERT ON TABLE %s TO "$keeper"' END, one.id);
  END LOOP;
END \$\$;
SQL

my %superuser = map { $_ => 1 } split /\n/, $ENV{SUPERUSERS} // '';

sub ends {
  return unless $psql;
  put($lent) if $lends;
  my $closed = close $psql;
  ($psql, $lends) = (undef, 0);
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
  my @words = $who eq 'super' ? @{ $command{super} } : (@{ $command{role} }, "--username=$who");
  open $psql, '|-', @words or refuse("cannot start $words[0]: $!");
  binmode $psql;
  # Nothing of the dump is a command to psql, where psql knows how to be told so.
  if ($ENV{RESTRICTED}) {
    open my $random, '<:raw', '/dev/urandom' or refuse('no random numbers');
    read $random, my $bytes, 16;
    put('\\restrict ', unpack('H*', $bytes), "\n");
  }
  for my $name (sort keys %settings) { put("$settings{$name}\n") if $who ne 'super' || $name =~ /^(?:client_encoding|standard_conforming_strings)$/ }
}

sub unproven { refuse("$_[0], in a backup that nothing proves to be yours") if $option{unproven} }

# route TEXT, SKELETON: whose a statement is: role, super, deferred, refresh or events. By its own leading words, never by comments.
sub route {
  my ($statement, $bare) = @_;
  if ($bare =~ /^(?:CREATE|ALTER) EVENT TRIGGER / || $bare =~ /^(?:COMMENT|SECURITY LABEL FOR $word1) ON EVENT TRIGGER /) {
    unproven('an event trigger');
    return 'events';
  }
  if ($bare =~ /^(?:CREATE|ALTER) SUBSCRIPTION / || $bare =~ /^(?:COMMENT|SECURITY LABEL FOR $word1) ON SUBSCRIPTION /) {
    unproven('a subscription');
    return 'deferred';
  }
  if ($bare =~ /^(?:RE)?SET SESSION AUTHORIZATION\b/) {
    $acting = $bare !~ /^RESET|\bDEFAULT ?;$/;
    return 'deferred';
  }
  if ($bare =~ /^(?:GRANT|REVOKE) [^;]* ON (?:$granted) /) {
    unproven('a right on what is not its own') if $statement =~ / ON [A-Z ]+ "?(?:pg_|information_schema)/;
    return 'deferred';
  }
  refuse('a statement under SET SESSION AUTHORIZATION that grants nothing') if $acting;
  unproven('rights on what a superuser creates later') if $statement =~ /^ALTER DEFAULT PRIVILEGES FOR ROLE ($name) / && ($login{ unquoted($1) } // '') eq $keeper;
  return 'deferred' if $bare =~ /^ALTER (?:$owned) (?:ONLY )?$dotted OWNER TO $word1;$/ || $bare =~ /^ALTER LARGE OBJECT [0-9]+ OWNER TO $word1;$/
    || $bare =~ /^ALTER (?:FUNCTION|PROCEDURE|ROUTINE|AGGREGATE|OPERATOR) [^;]* OWNER TO $word1;$/
    || $bare =~ /^ALTER SEQUENCE $dotted OWNED BY $dotted;$/ || $bare =~ /^ALTER DEFAULT PRIVILEGES /
    || $bare =~ /^(?:COMMENT|SECURITY LABEL FOR $word1) ON (?!DATABASE|ROLE|TABLESPACE)/ || $bare =~ /^CREATE USER MAPPING /;
  # A materialized view may read what its owner has rights on only once all rights are there.
  return 'refresh' if $bare =~ /^REFRESH MATERIALIZED VIEW /;
  return 'role' unless $bare =~ /^(?:CREATE|ALTER)/;
  # A schema's owner may drop what others have in it: while code of an owner runs, none owns one.
  return 'super' if $bare =~ /^CREATE SCHEMA $word1;$/;
  if ($bare =~ /^CREATE EXTENSION /) {
    # What stands in its schema could be called by the extension's script.
    refuse('an extension after things of the owner') if $planted;
    return 'super';
  }
  if (needs_super($statement, $bare)) {
    unproven('a thing that only a superuser may create');
    return 'super';
  }
  $planted = 1 if $bare !~ /^CREATE COLLATION /;
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

sub unquoted { my ($one) = @_; $one =~ s/""/"/g if $one =~ s/^"(.*)"$/$1/s; return $one }

# detached STATEMENT, SKELETON: a subscription that connects to nothing and has no slot, whatever the dump says of it.
my $text1 = qr/(?:E'(?:(?:[^'\\]++|''|\\.){1,9999}+)*+'|'(?:(?:[^']++|''){1,9999}+)*+')/s;
sub detached {
  my ($statement, $bare) = @_;
  $bare =~ /^CREATE SUBSCRIPTION $word1 CONNECTION '' PUBLICATION $word1(?:, $word1)* WITH \(connect = false, slot_name = (?:NONE|'')((?:, [a-z_]+ = (?:$word1|''))*)\);$/
    && $1 !~ /, (?:connect|slot_name|enabled|create_slot|copy_data) / && $statement =~ /^(CREATE SUBSCRIPTION ($name) CONNECTION $text1 PUBLICATION $name(?:, $name)* WITH \(connect = false, slot_name = )(NONE|$text1)(.*)$/s
    or refuse('a subscription of a shape that no dump has');
  my ($before, $subscription, $slot, $after) = ($1, $2, $3, $4);
  print $subscriptions "$subscription\0", $slot eq 'NONE' ? '' : "ALTER SUBSCRIPTION $subscription SET (slot_name = $slot); ",
    "ALTER SUBSCRIPTION $subscription ENABLE; ALTER SUBSCRIPTION $subscription REFRESH PUBLICATION WITH (copy_data = false);\0" or refuse("cannot write: $!");
  return "${before}NONE$after";
}

# becomes STATEMENT, SKELETON: whose a thing becomes by it, as it stands there, its kind and signature; nothing where it becomes nobody's.
sub becomes {
  my ($statement, $bare) = @_;
  return unless $bare =~ /^ALTER / && $statement =~ /^ALTER ([A-Z ]+?) ([^A-Z].*) OWNER TO ("(?:[^"]|"")*"|[^\s";]+);$/s;
  return (unquoted($3), $1, $2);
}

# A routine is created only once its signature is known, which its owner's statement gives: at once with no more rights than its caller
# has, and for those alone who may call it.
sub create_held {
  my ($kind, $what) = @_;
  my ($statement, $bare, $whose) = @$held;
  undef $held;
  turn_to($whose);
  my @more;
  if (defined $what && $kind =~ /^(?:FUNCTION|PROCEDURE)$/) {
    my $definer = $bare =~ / SECURITY DEFINER\b/;
    push @more, "ALTER $kind $what SECURITY INVOKER;" if $definer;
    push @definers, "ALTER $kind $what SECURITY DEFINER;" if $definer;
    if ($revoked{$what}) {
      push @more, "REVOKE ALL ON $kind $what FROM PUBLIC;";
      my %may = map { $_ => 1 } grep { defined } map { $login{$_} } @{ $called{$what} // [] };
      $may{$keeper} = 1 if $whose eq 'super';
      push @more, map { qq(GRANT EXECUTE ON $kind $what TO "$_";) } sort keys %may;
    }
  }
  elsif ($bare =~ / SECURITY DEFINER\b/) { refuse('a function with more rights than its caller, and without an owner') }
  put(join("\n", @more ? 'BEGIN;' : (), as_read($statement), @more, @more ? 'COMMIT;' : ()), "\n");
}

# as_read STATEMENT: code of the owner may have changed what psql goes by to find the end of a text.
sub as_read {
  my ($statement) = @_;
  return $statement unless $turn ne 'super' && $statement =~ /[\\\x80-\xff]/;
  return join "\n", $settings{client_encoding} // "SET client_encoding = 'UTF8';", $settings{standard_conforming_strings} // 'SET standard_conforming_strings = on;', $statement;
}

# by STATEMENT, SKELETON: whose login runs it. Large objects hold no code, and are nobody's while code of an owner runs. What concerns a thing
# of another owner as well is lent for this one statement; a partition goes to its parent's owner for it.
sub by {
  my ($statement, $bare) = @_;
  return $keeper if $bare =~ /^SELECT pg_catalog\.(?:lo_create|lo_open|lowrite|lo_close)\(/ || $blobs && $bare =~ /^(?:BEGIN|COMMIT);$/;
  if ($statement =~ /^ALTER TABLE ONLY ($name(?:\.$name)?) ATTACH PARTITION ($name(?:\.$name)?)/) {
    my ($parent, $child) = ($made{$1} // $login, $made{$2} // $login);
    if ($parent ne $child) { lent(qq(ALTER TABLE $2 OWNER TO "$parent";), qq(ALTER TABLE $2 OWNER TO "$child";)) }
    return $parent;
  }
  if ($bare =~ / FOREIGN KEY / && $statement =~ /^ALTER TABLE ONLY ($name(?:\.$name)?)\s+ADD CONSTRAINT .* REFERENCES ($name(?:\.$name)?)\s*\(/s) {
    my ($from, $to) = ($1, $2);
    my $who = $made{$from} // $login;
    # Nobody has a right on it yet: with one, PostgreSQL would look by a query that its owner's expressions run in.
    if ($who ne ($made{$to} // $who)) { lent("REVOKE ALL ON TABLE $to FROM PUBLIC, \"$who\";\nGRANT REFERENCES ON TABLE $to TO \"$who\";", "REVOKE ALL ON TABLE $to FROM \"$who\";") }
    return $who;
  }
  if ($statement =~ /^CREATE (?:CONSTRAINT )?TRIGGER .* EXECUTE (?:FUNCTION|PROCEDURE) ($name(?:\.$name)?)\(/s && $revoked{"$1()"}) {
    lent("GRANT EXECUTE ON FUNCTION $1() TO \"$login\";", "REVOKE ALL ON FUNCTION $1() FROM \"$login\";");
  }
  return $login;
}

# lent SQL [SQL]: by a superuser, before the statement and after it.
my $back;
sub lent {
  turn_to('super');
  put("$_[0]\n");
  $back = $_[1];
}

$ended = sub {
  my ($statement, $bare, $after) = @_;
  $bare =~ s/"(?:[^"]|"")*"/"x"/g;
  $bare =~ s/$space+/ /g;
  settings($statement);
  my ($owner, $kind, $what) = becomes($statement, $bare);
  create_held($kind, $what) if $held;
  if ($statement =~ /^SET default_tablespace = ($name);$/) {
    my $place = $space{ unquoted($1) };
    $place = defined $place ? '"' . $place =~ s/"/""/gr . '"' : $1;
    $statement = "SET default_tablespace = $place;";
    turn_to('super');
    put("GRANT CREATE ON TABLESPACE $place TO $everyone;\n");
  }
  my $table = copied($statement, $after);
  my $whose = route($statement, $bare);
  $statement = detached($statement, $bare) if $bare =~ /^CREATE SUBSCRIPTION /;
  return if $option{unproven} && defined $owner && ($login{$owner} // '') eq $keeper;
  if ($whose eq 'refresh') { print $refresh "$login $statement\0" or refuse("cannot write: $!"); return }
  # What was created by one login is given to that login's owner.
  refuse("another owner than the dump's comment says") if $entered && defined $owner && $kind ne 'LARGE OBJECT' && $whose eq 'deferred' && ($login{$owner} // $other) ne $login && !$option{unproven};
  if ($whose eq 'deferred' || $whose eq 'events') { print { $whose eq 'events' ? $events : $deferred } "$statement\n" or refuse("cannot write: $!"); return }
  $whose = by($statement, $bare) if $whose eq 'role';
  if ($bare =~ /^CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE) /) { $held = [$statement, $bare, $whose]; return }
  turn_to($whose);
  put(as_read($statement), "\n");
  if ($bare =~ /^SET (?!SESSION AUTHORIZATION)($dotted) (?:=|TO) / || $statement =~ /^SELECT pg_catalog\.set_config\('(search_path)', '', false\);$/) {
    $settings{$1} = $statement;
    if ($1 =~ /^(?:client_encoding|standard_conforming_strings)$/) { print {$_} "$statement\n" for $deferred, $events }
  }
  if ($statement =~ /^CREATE (?:UNLOGGED )?TABLE ($name(?:\.$name)?)/) { $made{$1} = $login }
  elsif ($statement =~ /^CREATE SCHEMA ($name);/) { put("GRANT USAGE, CREATE ON SCHEMA $1 TO $everyone;\n") }
  elsif ($statement =~ /^CREATE SERVER (?:IF NOT EXISTS )?($name)/) { put("GRANT USAGE ON FOREIGN SERVER $1 TO $everyone;\n") }
  elsif ($bare =~ /^CREATE EXTENSION /) { $lends = 1 }
  if (defined $back) {
    turn_to('super');
    put("$back\n");
    undef $back;
  }
  return unless defined $table;
  my ($rows, $end) = read_rows(sub {
    refuse('a zero byte') if index($_[0], "\0") >= 0;
    put($_[0]);
  });
  refuse("it ends within the rows of $table") unless defined $rows;
  refuse('the end of the data is not as a dump writes it') if $end ne "\\.\n";
  put($end);
};
$entry = sub {
  my ($type, $owner) = @_;
  $blobs = $type =~ /^BLOB/;
  $entered = 1;
  $login = $owner eq '' || $owner eq '-' ? $loader : $login{$owner} // $other;
};
read_dump(sub { refuse('a message of pg_dump, which is no SQL') });
refuse('it ends too early') unless $complete && $text eq '' && $in eq '';
create_held() if $held;
ends();
print {$deferred} map { "$_\n" } @definers;
close $_ or refuse("cannot write: $!") for $deferred, $events, $refresh, $subscriptions;
