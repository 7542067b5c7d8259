# DATABASE-IS ROLE FOLDER NOW: the facts of a backup's roles, settings and grants (FOLDER/facts, see globals.pl) against those that the restored
# database and its server have (NOW/facts). ROLE logs in as the application: its password is the inventory's. DATABASE-IS is "kept", or
# "drill", which changes no role that was there. FOLDER also holds made, the roles that this restore made, and told, the numbers of what was
# left to a person already. Says "left …" for a role that was there and is otherwise, with the statement, "differs …", and "compared".
use strict;
use warnings;
my ($mode, $login, $folder, $now) = @ARGV;
binmode $_ for *STDIN, *STDOUT;

sub lines {
  my ($file) = @_;
  open my $lines, '<:raw', $file or die "cannot read $file\n";
  chomp(my @lines = <$lines>);
  return @lines;
}
my %of = ('\\' => '\\', n => "\n", t => "\t", r => "\r");
sub facts { return map { [map { s/\\([\\ntr])/$of{$1}/gr } split /\t/, $_, -1] } lines("$_[0]/facts") }
my %made = map { (pack('H*', $_) => 1) } lines("$folder/made");
my %told = map { $_ => 1 } lines("$folder/told");
my %moved;
{ open my $spaces, '<:raw', "$folder/tablespaces" or die "cannot read $folder/tablespaces\n"; local $/; %moved = split /\0/, <$spaces> // '' }

sub name { my ($name) = @_; return $name =~ /^[a-z_][a-z0-9_]*$/ ? $name : '"' . $name =~ s/"/""/gr . '"' }
sub shown { my ($one) = @_; $one =~ s/[\x00-\x1f\x7f]+/ /g; return $one }
sub differs { print 'differs ', shown("@_"), "\n" }
sub is_otherwise { left('the role was here', 'ALTER ROLE ' . name($_[0]) . " $_[1]") }
sub left { print 'left ', shown("$_[0]: $_[1];"), "\n" }

# key FACT: what it is a fact of.
sub key { my ($kind, @more) = @{ $_[0] }[1 .. $#{ $_[0] }]; return join "\0", $kind, $kind eq 'right' ? @more[0 .. 2] : @more }

# Before PostgreSQL 16 a membership has no options but ADMIN.
sub same {
  my ($one, $other, $is_member) = @_;
  return $one eq $other unless $is_member;
  my @admin = map { /ADMIN (?:OPTION|TRUE)/ ? 1 : 0 } $one, $other;
  my @more = map { /, (INHERIT .*)/ ? $1 : '' } $one, $other;
  return $admin[0] == $admin[1] && ($more[0] eq '' || $more[1] eq '' || $more[0] eq $more[1]);
}

# with_grants FACTS: without any grant of its own a database has PostgreSQL's, which are written out here.
sub with_grants {
  my @facts = @_;
  if (!grep { $_->[1] eq 'database' && $_->[2] eq 'REVOKE' } @facts) {
    my ($owner) = map { $_->[0] } grep { $_->[1] eq 'database' && $_->[2] eq 'OWNER' } @facts;
    push @facts, map { ['', 'database', 'GRANT', "GRANT $_ ON DATABASE ", 'PUBLIC'] } qw(CONNECT TEMPORARY);
    $owner = '"' . ($owner // 'postgres') =~ s/"/""/gr . '"';
    push @facts, map { ['', 'database', 'GRANT', "GRANT $_ ON DATABASE ", $owner] } qw(CREATE CONNECT TEMPORARY);
  }
  # What the superuser of the installation has is never written down.
  return grep { $_->[1] ne 'database' || $_->[2] ne 'REVOKE' && !($_->[2] eq 'GRANT' && $_->[4] eq '"postgres"') } @facts;
}

# of FACT: the same in words, without what is secret.
sub of {
  my ($fact) = @_;
  my ($value, $kind, $what, @more) = @$fact;
  return "$more[0] of role " . name($what) if $kind eq 'role';
  return "$more[0] of role " . name($what) . ": $more[3]" if $kind eq 'right';
  return "the database's grant: " . ($more[0] =~ s/ ON DATABASE $//r) . " TO $more[1]$value" if $what eq 'GRANT';
  return "the database's setting $more[1]" . ($more[0] eq '' ? '' : " for $more[0]") if $what eq 'SET';
  return "the database's" . lc " $what";
}

my @is = with_grants(facts($now));
my %is = map { (key($_) => $_) } @is;
my @was = with_grants(facts($folder));
$_->[3] eq 'tablespace' && defined $moved{ $_->[4] } and $_->[4] = $moved{ $_->[4] } for grep { $_->[1] eq 'right' } @was;
my %was = map { (key($_) => $_) } @was;

for my $fact (@was) {
  my ($value, $kind, $role, $what) = @$fact;
  my $there = $is{ key($fact) };
  if ($kind eq 'database') { differs(of($fact), $there ? 'is another' : 'is missing') unless $there && $there->[0] eq $value; next }
  if ($mode eq 'drill') {
    # It makes roles without attributes, and gives what stays among those that it made.
    next if $kind eq 'role' || !$made{$role} || $what !~ /^(?:member|setting|comment)$/ || $what eq 'member' && !$made{ $fact->[4] };
  }
  next if $there && same($value, $there->[0], $what eq 'member') || $kind eq 'right' && $told{ $fact->[5] };
  if ($made{$role}) { differs(of($fact), $there ? 'is another' : 'is missing') }
  elsif ($kind eq 'right') { left('the role was here, and has another one', $fact->[6]) }
  elsif ($what eq 'VALID UNTIL') { is_otherwise($role, "$what '" . ($value eq '' ? 'infinity' : $value) . "'") }
  elsif ($what ne 'PASSWORD') { is_otherwise($role, $value) }
  # Each server stores the same password in another way, and not every one is in a backup.
  elsif ($role ne $login && $value ne '' && (!$there || $there->[0] eq '')) { is_otherwise($role, "PASSWORD 'as it was'") }
}
for my $fact (@is) {
  next if $was{ key($fact) } || $fact->[1] ne 'database' && ($mode eq 'drill' || !$made{ $fact->[2] });
  differs(of($fact), 'was not in the backup');
}
print "compared\n";
