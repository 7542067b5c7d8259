# Reads a small file whose folder's owner may mean ill, with their rights: no link is followed, and neither a FIFO nor a large file holds us up.
# Prints `copy` or `alone`, then `missing`, or TYPE MODE OWNER GROUP BYTES and `text`, `large`, `unreadable` or `none`; then the text.
# Arguments: the path, and the suffix of the copy.
use strict;
use Fcntl qw(O_NOFOLLOW O_NONBLOCK);
my ($path, $suffix) = @ARGV;
my $LIMIT = 1_048_576;
$SIG{ALRM} = sub { print STDERR "reading the file took over 20 s\n"; exit 1 };
alarm 20;
print -f "$path$suffix" && !-l _ && !-l "$path$suffix" ? 'copy ' : 'alone ';
# O_NOFOLLOW and O_NONBLOCK.
my $opened = sysopen my $in, $path, O_NOFOLLOW | O_NONBLOCK;
my @state = $opened ? stat $in : lstat $path;
if (!@state) {
  if ($! == 2) { print "missing\n"; exit }
  print STDERR "it cannot be looked at: $!\n";
  exit 1;
}
my ($mode, $uid, $gid, $size) = @state[2, 4, 5, 7];
my $format = $mode & 0170000;
my $type = $format == 0100000 ? 'file' : $format == 0040000 ? 'directory' : $format == 0120000 ? 'symlink' : 'other';
my ($how, $text) = ('none', '');
if ($type eq 'file') {
  $how = !$opened ? 'unreadable' : $size > $LIMIT ? 'large' : 'text';
  if ($how eq 'text') { 1 while read $in, $text, 65_536, length $text and length $text <= $LIMIT }
}
my $owner = getpwuid $uid;
my $group = getgrgid $gid;
s/\s/_/g for grep { defined } $owner, $group;
printf "%s %04o %s %s %d %s\n%s", $type, $mode & 07777, defined $owner ? $owner : $uid, defined $group ? $group : $gid, length $text, $how, $text;
