# Takes lines out of a crontab. The file as it was is kept first, with its owner and mode; all other lines stay byte for byte as they are now.
# Arguments: the crontab and a folder to keep it in. Standard input: the lines, each in hexadecimal on a line of its own.
use strict;
use Fcntl;

my ($path, $folder) = @ARGV;
my ($directory, $name) = $path =~ m{^(.*)/([^/]+)$} or die "$path: no path\n";

sysopen my $in, $path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK or die "$path: $!\n";
my ($mode, $uid, $gid, $modified) = (stat $in)[2, 4, 5, 9];
die "$path: not a regular file\n" unless -f $in;
my $old = do { local $/; <$in> };
my @lines = split /^/, $old;
while (my $line = <STDIN>) {
  chomp $line;
  my ($at) = grep { $lines[$_] eq pack 'H*', $line } 0 .. $#lines;
  die "$path: a line changed while this run was going on; run this again\n" unless defined $at;
  splice @lines, $at, 1;
}

sub put {
  my ($file, $text) = @_;
  sysopen my $out, $file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600 or return;
  print $out $text and chown $uid, $gid, $out and chmod $mode & 07777, $out and $out->flush and $out->sync and close $out
    or die "$file: $!\n";
  return 1;
}
use IO::Handle;

my @now = gmtime;
(my $kept = substr $path, 1) =~ tr{/}{_};
$kept = sprintf '%s/%s.%04d%02d%02d_%02d%02d%02d', $folder, $kept, $now[5] + 1900, $now[4] + 1, @now[3, 2, 1, 0];
my $more = '';
until (put("$kept$more", $old)) {
  die "$kept$more: $!\n" unless $!{EEXIST} && $more < 100;
  $more++;
  $kept =~ s/\.?$/./;
}

# A leading dot: no cron daemon takes it for a crontab.
my $new = "$directory/.$name.bitacora-new";
unlink $new;
put($new, join '', @lines) or die "$new: $!\n";
# The daemon compares times in seconds: a crontab of this very second must get another one.
my $time = time;
$time = $modified + 1 if $time <= $modified;
utime $time, $time, $new;
open my $again, '<', $path or die "$path: $!\n";
if (do { local $/; <$again> } ne $old) {
  unlink $new;
  die "$path: changed while this run was going on; run this again\n";
}
rename $new, $path or die "$path: $!\n";
utime $time, $time, $directory;
print "kept as $kept$more\n";
