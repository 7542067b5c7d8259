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
# What lets the logins into the schemas. It comes after the extensions: one that grants rights on its schema keeps for good which ones
# the schema had before, and pg_dump compares with these.
my @unlent;
my (%settings, %untrusted, %shell, $planted, $acting);
# Whose the present entry of the dump is, as its comment says.
my $login = $loader;
# Whether it is of large objects, and whether there was one.
my ($blobs, $entered);
# A function that waits for its signature; what routines are given last; who made a table.
my ($held, @later, %made);
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
# Settings that only a superuser may change.
my %privileged = map { lc, 1 } split /\n/, $ENV{PRIVILEGED} // '';
$SIG{PIPE} = 'IGNORE';

my $word1 = qr/(?:"x"|[A-Za-z_\x80-\xff][A-Za-z_\x80-\xff0-9\$]*)/;
# A literal.
my $text1 = qr/(?:E'(?:(?:[^'\\]++|''|\\.){1,9999}+)*+'|'(?:(?:[^']++|''){1,9999}+)*+')/s;
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

sub ends {
  return unless $psql;
  put($lent) if $lends;
  my $closed = close $psql;
  ($psql, $lends) = (undef, 0);
  return if $closed;
  print STDERR 'psql as ', $turn =~ s/^extension .*/super/sr, ' ended with ', $? >> 8 || $?, "\n";
  exit 1;
}

# put TEXT…: to the psql whose turn it is. One that has failed has said why.
sub put {
  return if print {$psql} @_;
  close $psql;
  exit 1;
}

# turn_to WHO: super, a login, or "extension PATH": a superuser whose own search path an extension's script finds what other extensions
# have, as some ask for it. Nothing of an owner is there by then.
sub turn_to {
  my ($who) = @_;
  return if $psql && $turn eq $who;
  my $super = $who =~ /^(?:super$|extension )/;
  if (@unlent && !$super) {
    my @grants = splice @unlent;
    turn_to('super');
    put(@grants);
  }
  ends();
  $turn = $who;
  local $ENV{PGOPTIONS} = join ' ', $ENV{PGOPTIONS} // '', '-c search_path=' . ($1 =~ s/([\s\\])/\\$1/gr) if $who =~ /^extension (.*)/s;
  my @words = $super ? @{ $command{super} } : (@{ $command{role} }, "--username=$who");
  open $psql, '|-', @words or refuse("cannot start $words[0]: $!");
  binmode $psql;
  # Nothing of the dump is a command to psql, where psql knows how to be told so.
  if ($ENV{RESTRICTED}) {
    open my $random, '<:raw', '/dev/urandom' or refuse('no random numbers');
    read $random, my $bytes, 16;
    put('\\restrict ', unpack('H*', $bytes), "\n");
  }
  for my $name (sort keys %settings) { put("$settings{$name}\n") if !$super || $name =~ /^(?:client_encoding|standard_conforming_strings)$/ }
}
