# A part of feed.pl: indexes, where $ENV{INDEXES} names a file. One that PostgreSQL refuses to build doesn't end the load then, and what
# hangs on it is left out with it. Which ones are missing is asked of the catalogs afterwards (indexes.sh), since code of the owner may say
# anything in its own session. $ENV{INDEXES} gets the numbers of a statement's indexes and the statement; FILE.sql asks for them.
my ($listed, $asked, %numbered);
my $qualified = qr/$name\.$name/;

sub sql_text { return "'" . $_[0] =~ s/'/''/gr . "'" }

# tags: two that the dump can't know, to quote its own text.
sub tags {
  open my $random, '<:raw', '/dev/urandom' or refuse('no random numbers');
  read $random, my $bytes, 16;
  return map { "\$i$_\$" } unpack 'H16 H16', $bytes;
}

# tried STATEMENT, SKELETON: an index's statement in a block that goes on without it; any other as it is.
sub tried {
  my ($statement, $bare) = @_;
  return $statement unless ($ENV{INDEXES} // '') ne '';
  if ($bare =~ /^CREATE (?:UNIQUE )?INDEX / && $statement =~ /^CREATE (?:UNIQUE )?INDEX ($name) ON (?:ONLY )?(($name)\.$name) /) { return attempt("$3.$1", $1, $2, $statement) }
  my @on = $statement =~ /^(?:COMMENT ON|ALTER) INDEX ($qualified) (?:ATTACH PARTITION ($qualified);)?/ ? ($1, $2)
    : $statement =~ /^ALTER TABLE (?:ONLY )?($name)\.$name (?:CLUSTER ON|REPLICA IDENTITY USING INDEX) ($name);/ ? ("$1.$2") : ();
  @on = grep { defined && $numbered{$_} } @on or return $statement;
  print {$listed} join(' ', map { $numbered{$_} } @on), "\0$statement\0" or refuse("cannot write: $!");
  my ($outer, $inner) = tags();
  return "DO $outer BEGIN IF " . join(' AND ', map { 'pg_catalog.to_regclass(' . sql_text($_) . ') IS NOT NULL' } @on)
    . " THEN EXECUTE $inner$statement$inner; END IF; END $outer;";
}

sub attempt {
  my ($index, $short, $table, $statement) = @_;
  if (!$listed) {
    ($listed, $asked) = map { open my $handle, '>:raw', $_ or refuse("cannot write $_"); $handle } $ENV{INDEXES}, "$ENV{INDEXES}.sql";
    print {$asked} map({ "$settings{$_}\n" } grep { defined $settings{$_} } qw(client_encoding standard_conforming_strings)),
      "CREATE TEMPORARY TABLE asked (n int, index text, short text, whole text);\n" or refuse("cannot write: $!");
  }
  my $n = $numbered{$index} = keys(%numbered) + 1;
  my $place = $settings{default_tablespace} // '';
  $place = '' if $place =~ /= '';$/;
  print {$listed} map({ "$n\0$_\0" } grep { $_ ne '' } $place, $statement, $place eq '' ? '' : "SET default_tablespace = '';") or refuse("cannot write: $!");
  print {$asked} "INSERT INTO asked VALUES ($n, ", join(', ', map { sql_text($_) } $index, $short, $table), ");\n" or refuse("cannot write: $!");
  my ($outer, $inner) = tags();
  return "DO $outer BEGIN EXECUTE $inner$statement$inner;
EXCEPTION WHEN $ENV{NOT_ITS_FAULT} THEN RAISE;
  WHEN OTHERS THEN
    PERFORM pg_catalog.set_config('client_min_messages', 'warning', false);
    RAISE WARNING 'refused $n: %', sqlerrm;
END $outer;";
}

# end_indexes: all of it is written.
sub end_indexes { close $_ or refuse("cannot write: $!") for grep { defined } $listed, $asked }
