# Reads what the version files of an Alembic project declare, as text; nothing of the project is run. Whoever owns the folder may mean ill, so
# this runs with their rights only, opens regular files only, and within limits. Prints `location FOLDER`, then `lines` and the lines
# `FILE:revision = ...` of all version files, or `unusual WHY` where only Alembic can tell, or `denied PATH`; nothing where there is no alembic.ini.
# alembic.ini is read as Python's configparser does: the section [alembic], keys with = or :, comments, values over several lines, %(here)s.
# Left to Alembic are other interpolations, a folder of a package, several folders of versions, [DEFAULT], pyproject.toml, and a command that names
# another file or section. Source: Python's configparser, and Alembic's documentation, "Editing the .ini File".
# Arguments: the project's folder; yes where the command names its config; then programs and folders that its owner must be able to use.
use strict;
use Fcntl qw(O_NONBLOCK);
my ($directory, $named, @needed) = @ARGV;
my ($LIMIT, $FILES, $BUDGET) = (1_048_576, 10_000, 16_777_216);
$SIG{ALRM} = sub { print STDERR "reading the version files took over 20 s\n"; exit 1 };
alarm 20;

sub shown { my ($path) = @_; $path =~ s{^\./}{}; $path =~ s{[^\w./@+ -]}{?}g; return substr $path, 0, 300 }
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
my $ini = -e 'alembic.ini' ? 1 : $! == 13 ? denied("$directory/alembic.ini") : 0;
my $left = $named eq 'yes' || -e 'pyproject.toml' && text_of('pyproject.toml') =~ /^\[tool\.alembic/m;
exit unless $ini || $left;
my ($folder, $section, $key, $depth) = ('', '', '', 0);
for (split /\n/, $ini && !$left ? text_of('alembic.ini') : '') {
  s/[ \t\r]+$//;
  s/^([ \t\r]*)// and my $indent = length $1;
  next if /^(?:$|[#;])/;
  if ($key ne '' && $indent > $depth) { $left ||= $key =~ /^script_location$|version_locations$|^sourceless$/; next }
  if (/^\[(.+)\]/) { ($section, $key) = ($1, ''); next }
  ($key, my $value) = /^(.*?)[ \t]*(?:[=:][ \t]*(.*))?$/;
  $depth = $indent;
  $value = '' unless defined $value;
  my $name = "$section.$key";
  if ($name eq 'alembic.script_location') { $left ||= $folder ne ''; $folder = $value }
  elsif ($name eq 'alembic.version_locations') { $left ||= $value ne '' }
  elsif ($name =~ /^alembic\.(?:sourceless|recursive_version_locations)$/) { $left ||= $value ne 'false' }
  elsif ($name =~ /^DEFAULT\.(?:script_location|.*version_locations|sourceless)$|^(?:alembic|DEFAULT)\..*[A-Z]/) { $left = 1 }
}
$folder =~ s{^%\(here\)s(?:/|$)}{./};
$left ||= $folder eq '' || $folder =~ /[%:]/;
$folder = "./$folder" unless $folder =~ m{^\.?/};
print "location $folder\n";
for my $path (@needed) { denied($path) if -e $path ? -d _ ? !(-r _ && -x _) : !-x _ : $! == 13 }
unusual('its configuration leaves the place of the versions to Alembic') if $left;
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
