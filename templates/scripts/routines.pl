# A part of feed.pl: a dump's functions and procedures.
sub unquoted { my ($one) = @_; $one =~ s/""/"/g if $one =~ s/^"(.*)"$/$1/s; return $one }

# becomes STATEMENT, SKELETON: whose a thing becomes by it, as it stands there, its kind and signature; nothing where it becomes nobody's.
sub becomes {
  my ($statement, $bare) = @_;
  return unless $bare =~ /^ALTER / && $statement =~ /^ALTER ([A-Z ]+?) ([^A-Z].*) OWNER TO ("(?:[^"]|"")*"|[^\s";]+);$/s;
  return (unquoted($3), $1, $2);
}

# kept_back STATEMENT: a routine without what only a superuser may give it, and those options, each for an ALTER of its own.
sub kept_back {
  my ($statement) = @_;
  my ($kept, $depth, @options) = ('', 0);
  pos($statement) = 0;
  while (pos($statement) < length $statement) {
    if (!$depth) {
      if ($statement =~ /\G\n    (?:AS|BEGIN ATOMIC|RETURN)\b/) { $kept .= substr $statement, pos $statement; last }
      if ($statement =~ /\G (LEAKPROOF|SUPPORT $name(?:\.$name)?)(?=[ \n])/gc) { push @options, $1; next }
      if ($statement =~ /\G\n    (SET ($name(?:\.$name)*) TO $text1(?:, $text1)*)(?=\n)/gc) {
        if ($privileged{ lc unquoted($2) }) { push @options, $1 }
        else { $kept .= $& }
        next;
      }
    }
    $statement =~ /\G(?:$text1|"(?:[^"]++|"")*+"|$word\$?|[^A-Za-z_'"\x80-\xff()\n ]++|.)/gcs;
    $depth++ if $& eq '(';
    $depth-- if $& eq ')';
    $kept .= $&;
  }
  return ($kept, @options);
}

# A routine is created only once its signature is known, which its owner's statement gives: at once with no more rights than its caller
# has, and for those alone who may call it.
sub create_held {
  my ($kind, $what) = @_;
  my ($statement, $bare, $whose) = @$held;
  undef $held;
  turn_to($whose);
  my (@more, @options);
  ($statement, @options) = kept_back($statement) if $whose ne 'super';
  unproven('a function with what only a superuser may give it') if @options;
  if (defined $what && $kind =~ /^(?:FUNCTION|PROCEDURE)$/) {
    my $definer = $bare =~ / SECURITY DEFINER\b/;
    push @more, "ALTER $kind $what SECURITY INVOKER;" if $definer;
    push @options, 'SECURITY DEFINER' if $definer;
    push @later, map { "ALTER $kind $what $_;" } @options;
    if ($revoked{$what}) {
      push @more, "REVOKE ALL ON $kind $what FROM PUBLIC;";
      my %may = map { $_ => 1 } grep { defined } map { $login{$_} } @{ $called{$what} // [] };
      $may{$keeper} = 1 if $whose eq 'super';
      push @more, map { qq(GRANT EXECUTE ON $kind $what TO "$_";) } sort keys %may;
    }
  }
  elsif (@options || $bare =~ / SECURITY DEFINER\b/) { refuse('a function with more rights than its caller, and without an owner') }
  put(join("\n", @more ? 'BEGIN;' : (), as_read($statement), @more, @more ? 'COMMIT;' : ()), "\n");
}
