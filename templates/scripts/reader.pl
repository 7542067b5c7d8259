# Reads the text of pg_dump as psql does, in bytes: which statements it holds, and which lines are a table's data.
#   scan [escape]  prints "table", "sequence" and "scan" lines; escape: names as encode(…, 'escape') writes them (another encoding than UTF-8)
#   feed …         see the end of this file
# Only modules of perl-base, so that every Debian has what it needs.
use strict;
use warnings;
binmode $_ for *STDIN, *STDOUT;

my ($mode, @rest) = @ARGV;
my $word = qr/[A-Za-z_\x80-\xff][A-Za-z_\x80-\xff0-9\$]*/;
# Perl ends a repeat of alternatives after 65,534 rounds: where there may be more, it is one of repeats.
my $name = qr/(?:"(?:[^"]++|"")*+"|[^"\s.(),;']+)/;
my $space = qr/[ \t\n\r\f]/;

my ($number, $statements, $header, $foreign, $complete, $tables) = (0) x 6;
my @versions;        # of the server and of pg_dump, as the dump's head says
my $standard = 1;    # standard_conforming_strings, as the dump sets it

# The state within a statement: its text without comments, and where the lexer stands in it.
my ($text, $skeleton, $in, $tag, $nested, $parens, $begins, $words, @leading, $before, $newline);

sub fresh {
  ($text, $skeleton, $in, $tag, $nested, $parens, $begins, $words, $before, $newline) = ('', '', '', '', 0, 0, 0, 0, '', 0);
  @leading = ('') x 4;
}

sub refuse { print STDERR $mode eq 'globals' ? 'the roles and settings' : 'the dump', ", line $number: $_[0]\n"; exit 1 }

# json BYTES: as a JSON string, written as PostgreSQL writes it.
my %short = ("\b" => '\b', "\t" => '\t', "\n" => '\n', "\f" => '\f', "\r" => '\r');
sub json {
  my ($raw) = @_;
  if (($rest[0] // '') eq 'escape' && $mode eq 'scan') {
    $raw =~ s/\\/\\\\/g;
    $raw =~ s/([\x80-\xff])/sprintf '\\%03o', ord $1/ge;
  }
  $raw =~ s/(["\\])/\\$1/g;
  $raw =~ s/([\x00-\x1f])/$short{$1} || sprintf '\\u%04x', ord $1/ge;
  return qq("$raw");
}

# psql counts BEGIN ATOMIC … END of functions by the first words of their statement.
sub count_word {
  my $word = lc $_[0];
  $leading[$words] = substr $word, 0, 1 if $words < 4 && $word =~ /^(?:create|function|procedure|or|replace)$/;
  $words++;
  return if $parens || $leading[0] ne 'c';
  my $routine = $leading[1] eq 'o' && $leading[2] eq 'r' ? $leading[3] : $leading[1];
  return if $routine ne 'f' && $routine ne 'p';
  if ($word eq 'begin') { $begins++ }
  elsif ($word eq 'case') { $begins++ if $begins }
  elsif ($word eq 'end') { $begins-- if $begins }
}

# lex LINE: continues the statement; calls $ended at its end. The skeleton is the statement without its quoted texts.
my $ended;
sub lex {
  local $_ = $_[0];
  pos = 0;
  while (pos() < length) {
    if ($in eq '') {
      if (/\G$space+/gc) {
        $newline = 1 if $& =~ /[\r\n]/;
        if ($text ne '') { $text .= $&; $skeleton .= ' ' }
        next;
      }
      if (/\G--[^\r\n]*/gc) { next }
      if (m{\G/\*}gc) { ($in, $nested, $before) = ('*', 1, ''); $text .= ' ', $skeleton .= ' ' if $text ne ''; next }
      my $continued = $before;
      $before = '';
      $complete = 0;
      if (/\G(?:[eE]|[bBxXnN]|[uU]&)?'/gc) {
        my $opening = $&;
        if ($opening eq "'" && $continued && $newline) { $in = $continued }
        elsif ($opening =~ /^e/i) { $in = 'E' }
        elsif ($standard || $opening =~ /^[bxu]/i) { $in = "'" }
        else { $in = 'E' }
        $text .= $opening;
        next;
      }
      if (/\G(?:[uU]&)?"/gc) { $in = '"'; $text .= $&; $skeleton .= '"'; next }
      if (/\G$word/gc) { $text .= $&; $skeleton .= $&; count_word($&); next }
      if (/\G\$(?:[A-Za-z_\x80-\xff][A-Za-z_\x80-\xff0-9]*)?\$/gc) { ($in, $tag) = ('$', $&); $text .= $&; next }
      if (/\G(?:\$[0-9]+|[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?)/gc) {
        $text .= $&; $skeleton .= $&;
        refuse('letters follow a number') if /\G[A-Za-z_\x80-\xff]/;
        next;
      }
      if (/\G;/gc) {
        $text .= ';'; $skeleton .= ';';
        next if $parens || $begins;
        $statements++;
        $ended->($text, $skeleton, substr $_, pos);
        fresh();
        next;
      }
      if (/\G\\/) { refuse('a backslash command, which no dump holds') }
      # White space to some versions of psql, and to others not.
      if (/\G\x0b/) { refuse('a vertical tab') }
      # psql would put its variables there.
      if (/\G:(?=[A-Za-z_\x80-\xff0-9'"{])/gc) { $text .= ': '; $skeleton .= ':'; next }
      /\G::?|\G./gcs;
      $parens++ if $& eq '(';
      $parens-- if $& eq ')' && $parens;
      $text .= $&; $skeleton .= $&;
    } elsif ($in eq '*') {
      if (m{\G[^*/]+}gc) { next }
      if (m{\G/\*}gc) { $nested++; next }
      if (m{\G\*/}gc) { $in = '' unless --$nested; next }
      /\G./gcs;
    } elsif ($in eq '$') {
      my $end = index $_, $tag, pos;
      if ($end < 0) { $text .= substr $_, pos; return }
      $text .= substr $_, pos, $end + length($tag) - pos;
      pos = $end + length $tag;
      $in = '';
      $skeleton .= "''";
    } elsif ($in eq '"') {
      if (/\G(?:[^"]+|"")/gc) { $text .= $&; $skeleton .= $&; next }
      /\G"/gc;
      $in = '';
      $text .= '"'; $skeleton .= '"';
    } else {
      if ($in eq 'E' ? /\G(?:[^'\\]+|''|\\.)/gcs : /\G(?:[^']+|'')/gc) { $text .= $&; next }
      if ($in eq 'E' && /\G\\/gc) { $text .= '\\'; next }
      /\G'/gc;
      ($before, $newline, $in) = ($in, 0, '');
      $text .= "'"; $skeleton .= "''";
    }
  }
}

# What was read beyond the data of a table, and the next line.
my $read = '';
sub next_line {
  return scalar <STDIN> if $read eq '';
  my $end = index $read, "\n";
  return substr $read, 0, $end + 1, '' if $end >= 0;
  my $line = $read . (<STDIN> // '');
  $read = '';
  return $line;
}

# read_rows [SINK]: a table's rows up to the end of its data, how many there are, and how that end is written; nothing where it doesn't come.
# By large blocks, since data is most of a dump, and one row may be a gigabyte; the last bytes of each are looked at again with the next,
# since the end may lie across both. SINK->(BYTES) is given all the rows.
sub read_rows {
  my ($sink) = @_;
  my ($rows, $last, $block) = (0, "\n");
  while (1) {
    if ($read ne '') { ($block, $read) = ($read, '') }
    else { read STDIN, $block, 1 << 18 or return }
    my $both = $last . $block;
    my $from = 0;
    while ((my $at = index $both, "\n\\.", $from) >= 0) {
      $from = $at + 1;
      my $end = substr($both, $at + 3, 1) eq "\r" ? $at + 4 : $at + 3;
      next if substr($both, $end, 1) ne "\n";
      # The line break that a table's data begins behind is none of its own.
      $rows += substr($both, 1, $at) =~ tr/\n//;
      $sink->(substr $both, 1, $at) if $sink && $at;
      $read = substr $both, $end + 1;
      $number += $rows + 1;
      return ($rows, substr $both, $at + 1, $end - $at);
    }
    # All but the last bytes, of which the first was given before.
    my $given = length($both) > 5 ? length($both) - 5 : 0;
    $rows += substr($both, 1, $given) =~ tr/\n//;
    $sink->(substr $both, 1, $given) if $sink && $given;
    $last = substr $both, $given;
  }
}

# $entry->(TYPE, OWNER, LINE): what the comment before each entry of a dump says. Names can't forge one: pg_dump takes line breaks out of them.
my $entry;
sub read_dump {
  my ($other) = @_;
  fresh();
  while (defined(my $line = next_line())) {
    $number++;
    refuse('a zero byte') if index($line, "\0") >= 0;
    if ($in eq '') {
      if (substr($line, 0, 9) eq 'pg_dump: ') { $foreign++; $other->($line); next }
      if ($text eq '') {
        if ($entry && $line =~ /^-- (?:Data for )?Name: .*; Type: (.*?); Schema: .*; Owner: (.*?)(?:; Tablespace: .*)?\r?$/) {
          my ($type, $owner) = ($1, $2);
          # Of a name that looks like the rest of such a comment nobody knows whose it is.
          refuse('a name that looks like what a dump says of its entries') if (() = $line =~ /; (?:Type|Schema|Owner): /g) > 3;
          $entry->($type, $owner, $line);
        }
        $header = 1 if !$statements && $line =~ /^-- PostgreSQL database dump\r?$/;
        push @versions, $1 if !$statements && $line =~ /^-- Dumped (?:from database|by pg_dump) version ([0-9]+)/;
        if ($line =~ /^-- PostgreSQL database dump complete\r?$/) { $complete = 1; next }
        next if !$statements && $line =~ /^\\restrict [A-Za-z0-9]+\r?$/;
        next if $complete && $line =~ /^\\unrestrict [A-Za-z0-9]+\r?$/;
      }
    }
    lex($line);
  }
}

# copied TEXT, AFTER: the table of a statement that data follows; nothing where it is none. Of a table without columns there are two
# blanks where their list would stand.
sub copied {
  my ($statement, $after) = @_;
  return unless $statement =~ /^COPY\b/i;
  $statement =~ /^COPY ($name(?:\.$name)?)(?: \((?:[^"()]++|"(?:[^"]++|"")*+")*+\)| )? FROM stdin;$/ or refuse('a COPY that no dump holds');
  my $table = $1;
  $after =~ /^\r?\n?$/ or refuse('something stands behind a COPY');
  return $table;
}

# setval as a dump writes it.
sub sequence {
  $_[0] =~ /^SELECT pg_catalog\.setval\('((?:(?:[^']++|''){1,9999}+)*+)', (-?[0-9]{1,19}), (true|false)\);$/ or return;
  my @found = ($1, $2, $3);
  $found[0] =~ s/''/'/g;
  return @found;
}

# settings TEXT: what changes how the rest is read.
sub settings {
  my ($statement) = @_;
  return unless $statement =~ /^SET\b.*(?:client_encoding|standard_conforming_strings)|^SET\s+(?:SESSION\s+|LOCAL\s+)?NAMES\b/is;
  # What isn't as a dump writes it could be understood in another way by PostgreSQL.
  my ($setting, $value) = $statement =~ /^SET (client_encoding|standard_conforming_strings) = ('[A-Za-z0-9_]+'|on|off);$/ or refuse('a setting that no dump writes so');
  refuse('a setting that no dump writes so') if ($setting eq 'client_encoding' xor $value =~ s/'//g);
  if ($setting eq 'client_encoding') {
    refuse("the encoding $value, in which a letter may hold a backslash") if $value =~ /^(?:SJIS|SHIFT_?JIS.*|BIG5|GBK|UHC|GB18030|JOHAB|MSKANJI|WIN932|WIN936|WIN949|WIN950|WINDOWS\d+)$/i;
  } else { $standard = $value eq 'on' ? 1 : 0 }
}

if ($mode eq 'scan') {
  $ended = sub {
    my ($statement, $bare, $after) = @_;
    if (defined(my $table = copied($statement, $after))) {
      my ($rows) = read_rows();
      print "table\t", json($table), "\t$rows\n" if defined $rows;
      return;
    }
    $tables++ if $bare =~ /^CREATE (?:UNLOGGED )?TABLE /;
    if (my @set = sequence($statement)) { print "sequence\t", json($set[0]), "\t$set[1]\t$set[2]\n" }
    settings($statement);
  };
  read_dump(sub { });
  $complete = 0 if $text ne '' || $in ne '';
  print join("\t", 'scan', $tables, $header, $foreign, $complete), "\n";
  exit 0;
}

# The first reading of a dump: who may call its routines, for the second.
if ($mode eq 'callers') {
  $ended = sub {
    my ($statement, $bare, $after) = @_;
    if (defined copied($statement, $after)) { read_rows(); return }
    settings($statement);
    print "$statement\0" if $bare =~ /^(?:GRANT|REVOKE) [^;]* ON (?:FUNCTION|PROCEDURE) /;
  };
  read_dump(sub { });
  exit 0;
}
