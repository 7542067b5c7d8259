# Reads what starts jobs on this host: crontabs, cron.d, cron.daily and its like, enabled timers. Prints a JSON array of those that mention a
# needle, or name a script that does, with the script's text. Text is hexadecimal, so no byte of it needs quoting. Nothing is run.
# Arguments: a folder to take for / (empty but in tests), then the needles: names of databases and paths of our scripts; -PATH: not this file.
use strict;

my ($root, @needles) = @ARGV;
my %skip = map { (substr($_, 1) => 1) } grep { /^-/ } @needles;
@needles = grep { !/^-/ } @needles;
my $needle = join '|', 'pg_dumpall', map { quotemeta } @needles;
# Bounds of a file's size, and of what one crontab, whose owner may mean ill, can make us read, and print. For the same reason no pattern here
# goes over a text more than once.
my ($LIMIT, $BUDGET, $MOST) = (65_536, 1_048_576, 20);
my (@entries, %texts, %settings, %ours, $read, $printed, $sent);
$SIG{ALRM} = sub { print STDERR "reading the schedules took over 20 s\n"; exit 1 };
alarm 20;
for my $path (grep { m{^/} } @needles) {
  my ($device, $inode) = stat "$root$path";
  $ours{"$device:$inode"} = $path if defined $inode;
}

# The text of a regular file, or why there is none. O_PATH opens neither a FIFO nor a device; what it has found is opened for reading only
# when it is a regular file, whatever has taken its name meanwhile.
sub text_of {
  my ($path) = @_;
  return $texts{$path} ||= do {
    my ($text, $why, $same);
    if (!sysopen my $found, "$root$path", 0x200000) { $why = $! == 2 ? 'missing' : 'unreadable' }
    elsif (my ($device, $inode, $size) = (stat $found)[0, 1, 7]) {
      $same = $ours{"$device:$inode"};
      if (-d $found) { $why = 'a folder' }
      elsif (!-f $found) { $why = 'not a regular file' }
      elsif ($size > $LIMIT || ($read += $size) > $BUDGET) { $why = 'too large' }
      elsif (!open my $in, '<', '/proc/self/fd/' . fileno $found) { $why = 'unreadable' }
      else {
        read $in, $text, $LIMIT;
        ($text, $why) = (undef, 'not text') if $text =~ /\0/;
      }
    }
    else { $why = 'unreadable' }
    { path => $path, text => $text, why => $why, same => $same };
  };
}

sub names_in {
  my ($directory) = @_;
  opendir my $in, "$root$directory" or return;
  return sort grep { !/^\.\.?$/ } readdir $in;
}

# As the daemon takes them: Debian's reads no name with a dot in it, others leave out what editors and packages leave behind.
sub is_taken {
  my ($name) = @_;
  return -e "$root/etc/debian_version" ? $name =~ /^[A-Za-z0-9_-]+$/ : $name !~ /^\.|~$|\.(?:rpm\w+|bak|swp|orig)$/;
}

sub plain {
  my ($path) = @_;
  1 while $path =~ s{/(?:\.?/)+}{/} || $path =~ s{/(?!\.\./)[^/]+/\.\./}{/};
  return $path;
}

# The files that a text names, each with the word that names it: absolute ones, and relative ones below the folders it may run in.
sub files_in {
  my ($text, $home, $directory) = @_;
  my @folders = ($directory);
  push @folders, $1 while $text =~ /(?:^|[;&|("'\s])cd\s+(?:--\s+)?["']?([^\s"';&|]+)/g;
  $text =~ s/>>?+\s*+&?["']?[^\s;&|"']++//g;
  my (@found, %seen);
  for my $word ($text =~ /[^\s"'`;&|<>()=]+/g) {
    next if length $word > 4096 || $word !~ m{/|\.\w+$} || $seen{$word}++ || @found > 15;
    (my $path = $word) =~ s{^[-\@:+!]+(?=/)|^file:(?=/)}{};
    for ($path, @folders) { s{^(?:~|\$HOME|\$\{HOME\})(?=/|$)}{$home} }
    next if $path =~ m{[\$*?]|^/(?:dev|proc|sys)/};
    for my $folder ($path =~ m{^/} ? '' : map { m{^/} ? "$_/" : "$home/$_/" } @folders) {
      my $file = text_of(plain("$folder$path"));
      my $why = $file->{why} || '';
      next if $why eq 'a folder' || $why eq 'missing' && $path !~ m{^/};
      # A script of ours is known; what it works on stands in its config.
      my $managed = defined $file->{text} && $file->{text} =~ /\A(?:.*\n)?.*Managed by bitacora/;
      push @found, { word => $word, %$file, $managed ? (text => undef, why => 'managed') : () };
      last;
    }
  }
  return @found;
}

# The settings that a script reads: those it names, and those that lie beside it under its own name.
sub settings_of {
  my ($path, $text) = @_;
  my ($folder, $stem) = $path =~ m{^(.*)/([^/]+?)(?:\.\w+)?$} or return;
  $settings{$path} ||= do {
    my %wanted = map { ($_ => 1) } map { ("$folder/$_", "$folder/configs/$_", "$folder/config/$_") } "$stem.conf", "$stem.env";
    $wanted{plain($1)} = 1 while keys %wanted < 15 && $text =~ m{(?<![\w\$\}.~/@+-])(/[\w./@+-]+\.(?:conf|cfg|env|ini|sh)|/[\w./@+-]+/\.env)\b}g;
    $wanted{plain("$folder/$1")} = 1
      while keys %wanted < 20 && $text =~ m{(?:^|[\s;&])(?:source|\.)\s+"?(?:\$\(dirname[^)\n]{0,80}\)"?/|\$\{?\w+\}?"?/|\./)?([\w.@+-][\w./@+-]*)}g;
    $wanted{plain("$folder/$1")} = 1 while keys %wanted < 25 && $text =~ m{\$\{?\w+\}?/([\w.@+-][\w./@+-]*\.(?:conf|cfg|env|ini))\b}g;
    [grep { defined $_->{text} } map { text_of($_) } sort keys %wanted];
  };
  return @{ $settings{$path} };
}

sub consider {
  my (%entry) = @_;
  my $home = delete $entry{home};
  my @files = files_in($entry{text}, $home, delete $entry{directory} || $home);
  my @settings = map { settings_of($_->{path}, defined $_->{text} ? $_->{text} : '') }
    grep { !defined $_->{same} && (defined $_->{text} || $_->{why} eq 'managed') } @files;
  @settings = () if @settings > 40;
  push @settings, settings_of($entry{path}, $entry{text}) if $entry{kind} eq 'script';
  return unless grep { defined $_ && /$needle/ } $entry{text}, map { ($_->{text}, $_->{same}) } @files, @settings;
  my $bytes = 0;
  $bytes += length for grep { defined } map { $_->{text} } @files, @settings;
  return if $printed++ >= $MOST;
  if (($sent += $bytes) > $BUDGET) { $_ = { %$_, text => undef, why => 'too large' } for @files, @settings }
  push @entries, { %entry, files => \@files, settings => \@settings };
}

sub crontab {
  my ($path, $kind, $owner) = @_;
  ($read, $printed, $sent) = (0, 0, 0);
  my $text = $skip{$path} ? undef : text_of($path)->{text};
  return unless defined $text;
  my ($number, $above, $environment) = (0, '', '');
  # Lines that crontab(1) adds and never shows.
  my $header = $text =~ /\A# DO NOT EDIT THIS FILE/ ? 3 : 0;
  for my $line (split /^/, $text) {
    $number++;
    my ($before, $user, $job) = ($above, $owner, undef);
    chomp(my $bare = $line);
    $above = $bare;
    $bare =~ s/^[ \t]+//;
    next if $bare =~ /^(?:#|$)/;
    if ($bare =~ /^["']?\w+["']?\s*=/) { $environment .= "$bare\n"; next }
    if ($kind eq 'anacrontab') { ($user, $job) = ('root', $1) if $bare =~ /^\S+\s+\S+\s+\S+\s+(.+)/ }
    elsif ($bare =~ /^(?:\@\w+|(?:\S+\s+){4}\S+)\s+(.+)/) {
      $job = $1;
      ($user, $job) = ($1, $2) if !defined $owner && $job =~ /^(\S+)\s+(.+)/;
    }
    next unless defined $job;
    consider(kind => $kind, path => $path, user => $user, line => $number - $header, raw => $line, text => $job, above => $before,
      environment => $environment, home => (getpwnam $user)[7] || '/root');
  }
}

for my $spool ('/var/spool/cron/crontabs', '/var/spool/cron/tabs', '/var/spool/cron') {
  for my $name (names_in($spool)) {
    crontab("$spool/$name", 'crontab', $name) if defined getpwnam $name and !-l "$root$spool/$name";
  }
}
crontab('/etc/crontab', 'system crontab');
crontab('/etc/anacrontab', 'anacrontab');
crontab("/etc/cron.d/$_", 'system crontab') for grep { is_taken($_) } names_in('/etc/cron.d');
($read, $printed, $sent) = (0, 0, 0);
for my $folder (map { "/etc/cron.$_" } qw(hourly daily weekly monthly)) {
  for my $path (map { "$folder/$_" } grep { is_taken($_) } names_in($folder)) {
    my $text = -x "$root$path" ? text_of($path)->{text} : undef;
    next unless defined $text;
    my $link = -l "$root$path" ? text_of($path)->{same} : undef;
    consider(kind => 'script', path => $path, user => 'root', line => 0, raw => defined $link ? '' : $text,
      text => defined $link ? $link : $text, home => '/root', directory => '/');
  }
}

my @SYSTEM = map { "$_/systemd/system" } '/etc', '/run', '/usr/local/lib', '/lib', '/usr/lib';

sub timer {
  my ($base, $name, $user, $home, @links) = @_;
  my $where = sub {
    my ($unit) = @_;
    (my $template = $unit) =~ s/\@[^.]*\./@./;
    my @places = $user eq 'root' && $base eq $SYSTEM[0] ? @SYSTEM : ($base, '/etc/systemd/user', '/usr/lib/systemd/user');
    my ($text) = grep { defined } map { my $at = $_; map { text_of("$at/$_")->{text} } $unit, $template } @places;
    $text = text_of($links[0])->{text} if !defined $text && $unit eq $name && @links;
    return join "\n", grep { defined } $text, map { my $more = "$base/$unit.d"; map { text_of("$more/$_")->{text} } grep { /\.conf$/ } names_in($more) } 1;
  };
  my $text = $where->($name);
  (my $service = $name) =~ s/timer$/service/;
  $service = $1 if $text =~ /^[ \t]*Unit[ \t]*=[ \t]*([\w@.:\\-]+)[ \t]*$/m;
  my $unit = $where->($service);
  my ($instance) = $service =~ /\@(.*)\./;
  $unit =~ s/%[iI]/$instance/g if defined $instance;
  $unit =~ s/%h/$home/g;
  return if length $unit > $LIMIT;
  my ($directory) = $unit =~ /^[ \t]*WorkingDirectory[ \t]*=[ \t]*(\S+)/m;
  consider(kind => $home eq '' ? 'timer' : 'user timer', path => "$base/$name", user => $user, line => 0, raw => '', text => $unit, above => $text,
    links => \@links, home => $home || '/root', directory => $directory || $home || '/');
}

sub timers {
  my ($base, $user, $home) = @_;
  ($read, $printed, $sent) = (0, 0, 0);
  my %links;
  my @all = names_in($base);
  for my $folder (grep { /\.(?:wants|requires)$/ } @all) {
    push @{ $links{$_} }, "$base/$folder/$_" for grep { /\.timer$/ } names_in("$base/$folder");
  }
  # Started by hand, and not enabled.
  for my $name (grep { /\.timer$/ } @all) { $links{$name} ||= [] if -l "$root/run/systemd/units/invocation:$name" }
  timer($base, $_, $user, $home, @{ $links{$_} }) for sort keys %links;
}

timers($SYSTEM[0], 'root', '');
for my $home ('/root', map { "/home/$_" } names_in('/home')) {
  my $owner = (stat "$root$home")[4];
  my $user = defined $owner ? getpwuid $owner : undef;
  timers("$home/.config/systemd/user", $user, $home) if defined $user && -d "$root$home/.config/systemd/user";
}

sub json {
  my ($value) = @_;
  return 'null' unless defined $value;
  return '[' . join(',', map { json($_) } @$value) . ']' if ref $value eq 'ARRAY';
  return '{' . join(',', map { qq("$_":) . json($value->{$_}) } sort keys %$value) . '}' if ref $value;
  return '"' . unpack('H*', $value) . '"';
}
print json(\@entries);
