# Reads what the version files of an Alembic project declare, as text; nothing of the project is run. Whoever owns the folder may mean ill, so
# this runs with their rights only, opens regular files only, and within limits. Prints `location FOLDER`, then `lines` and the lines
# `FILE:revision = ...` of all version files, or `unusual WHY` where only Alembic can tell, or `denied PATH`; nothing where there is no alembic.ini.
# Arguments: the project's folder, then programs and folders that its owner must be able to use.
use strict;
use Fcntl qw(O_NONBLOCK);
my ($directory, @needed) = @ARGV;
my ($LIMIT, $FILES, $BUDGET) = (1_048_576, 10_000, 16_777_216);
$SIG{ALRM} = sub { print STDERR "reading the version files took over 20 s\n"; exit 1 };
alarm 20;

sub shown { my ($path) = @_; $path =~ s{[^\w./@+ -]}{?}g; return substr $path, 0, 300 }
sub denied { print "denied ", shown($_[0]), "\n"; exit }
sub unusual { print "unusual $_[0]\n"; exit }

# O_NONBLOCK: a FIFO is opened at once, and then left alone.
sub text_of {
  my ($path) = @_;
  if (!sysopen my $in, $path, O_NONBLOCK) { denied($path) if $! == 13; unusual(shown($path) . ' cannot be read') }
  elsif (!-f $in) { unusual(shown($path) . ' is no regular file') }
  else {
    my $text = '';
    1 while read $in, $text, 65_536, length $text and length $text <= $LIMIT;
    unusual(shown($path) . ' is too large') if length $text > $LIMIT || ($BUDGET -= length $text) < 0;
    return $text;
  }
}

if (!chdir $directory) { denied($directory) if $! == 13; exit }
if (!-e 'alembic.ini') { denied("$directory/alembic.ini") if $! == 13; exit }
my ($folder, $locations) = ('alembic', 0);
for (split /\n/, text_of('alembic.ini')) {
  if (/^script_location[^=]*=\s*(.*)$/) { ($folder = $1) =~ s{^%\(here\)s/}{} }
  elsif (/^(?:recursive_)?version_locations[^=]*=/) { $locations = 1 }
}
$folder =~ s/[\r\n]//g;
print "location $folder\n";
for my $path (@needed) { denied($path) if -e $path ? -d _ ? !(-r _ && -x _) : !-x _ : $! == 13 }
unusual('version_locations in alembic.ini') if $locations;
opendir my $in, "$folder/versions" or $! == 13 ? denied("$folder/versions") : unusual('no folder of versions at script_location');
my @names = sort grep { /\.py$/ && !/^\.|^__init__\.py$/ } readdir $in;
unusual('too many version files') if @names > $FILES;
my @lines;
my $text = qr/["'][^"']+["']/;
for my $name (@names) {
  unusual('a version file with a newline in its name') if $name =~ /\n/;
  my ($revision, $down) = (0, 0);
  for (split /\n/, text_of("$folder/versions/$name")) {
    next unless /^(?:down_)?revision[ :=]/;
    $revision++ if /^revision[^=]*=[ \t]*$text[ \t]*(?:#.*)?$/;
    $down++ if /^down_revision[^=]*=[ \t]*(?:None|$text|[(\[](?:[ \t]*$text[ \t]*,?)*[ \t]*[)\]])[ \t]*(?:#.*)?$/;
    push @lines, "$folder/versions/$name:$_\n";
  }
  unusual(shown("$folder/versions/$name") . ' is not in the usual form') if $revision != 1 || $down != 1;
}
print "lines\n", @lines;
