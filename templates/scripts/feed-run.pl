# A part of feed.pl: each statement of the dump, one after the other.
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
  # What is counted belongs to the table's owner: its rights are those that ANALYZE has.
  if ($bare =~ /^CREATE STATISTICS / && $statement =~ / FROM ($name(?:\.$name)?);$/) { return $made{$1} // $login }
  return $login;
}

# Schemas of extensions.
my %extended;
# lent SQL [SQL]: by a superuser, before the statement and after it.
my $back;
sub lent {
  turn_to('super');
  put("$_[0]\n");
  $back = $_[1];
}

$ended = sub {
  my ($statement, $bare, $after) = @_;
  my $original = $statement;
  $bare =~ s/"(?:[^"]|"")*"/"x"/g;
  $bare =~ s/$space+/ /g;
  settings($statement);
  if (is_apart($bare)) { keep_apart($statement, $bare, $after, [map { $settings{$_} // () } qw(client_encoding standard_conforming_strings xmloption)]); return }
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
  $statement = tried($statement, $bare);
  if ($whose eq 'deferred' || $whose eq 'events') { print { $whose eq 'events' ? $events : $deferred } "$statement\n" or refuse("cannot write: $!"); return }
  $whose = by($statement, $bare) if $whose eq 'role';
  if ($bare =~ /^CREATE (?:UNLOGGED |FOREIGN )?TABLE / && $whose ne 'super' && (my ($table, $plain, @parts) = in_two($statement))) {
    create_in_two($table, $plain);
    $statement = join "\n", @parts;
  }
  if ($bare =~ /^CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE) /) { $held = [$statement, $bare, $whose]; return }
  if ($bare =~ /^CREATE EXTENSION /) {
    turn_to("extension " . join ',', 'public', grep { $_ ne 'public' } sort keys %extended);
    $extended{$1} = 1 if $statement =~ / WITH SCHEMA ($name);$/;
  }
  else { turn_to($whose) }
  put(as_read($statement), "\n");
  if ($bare =~ /^SET (?!SESSION AUTHORIZATION)($dotted) (?:=|TO) / || $statement =~ /^SELECT pg_catalog\.set_config\('(search_path)', '', false\);$/) {
    $settings{$1} = $statement;
    if ($1 =~ /^(?:client_encoding|standard_conforming_strings)$/) { print {$_} "$statement\n" for $deferred, $events }
  }
  if ($original =~ /^CREATE (?:UNLOGGED |FOREIGN )?TABLE ($name(?:\.$name)?)/) { $made{$1} = $login }
  elsif ($statement =~ /^CREATE SCHEMA ($name);/) { push @unlent, "GRANT USAGE, CREATE ON SCHEMA $1 TO $everyone;\n" }
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
  my ($type, $owner, $line) = @_;
  set_apart($type, $line);
  $blobs = $type =~ /^BLOB/;
  $entered = 1;
  $login = $owner eq '' || $owner eq '-' ? $loader : $login{$owner} // $other;
};
read_dump(sub { refuse('a message of pg_dump, which is no SQL') });
refuse('it ends too early') unless $complete && $text eq '' && $in eq '';
create_held() if $held;
ends();
end_apart();
end_indexes();
print {$deferred} map { "$_\n" } @later;
close $_ or refuse("cannot write: $!") for $deferred, $events, $refresh, $subscriptions;
