# A part of feed.pl: which statement of a dump needs which rights.
sub unproven { refuse("$_[0], in a backup that nothing proves to be yours") if $option{unproven} }

# route TEXT, SKELETON: whose a statement is: role, super, deferred, refresh or events. By its own leading words, never by comments.
sub route {
  my ($statement, $bare) = @_;
  if ($bare =~ /^(?:CREATE|ALTER) EVENT TRIGGER / || $bare =~ /^(?:COMMENT|SECURITY LABEL FOR $word1) ON EVENT TRIGGER /) {
    unproven('an event trigger');
    return 'events';
  }
  if ($bare =~ /^(?:CREATE|ALTER) SUBSCRIPTION / || $bare =~ /^(?:COMMENT|SECURITY LABEL FOR $word1) ON SUBSCRIPTION /) {
    unproven('a subscription');
    return 'deferred';
  }
  if ($bare =~ /^(?:RE)?SET SESSION AUTHORIZATION\b/) {
    $acting = $bare !~ /^RESET|\bDEFAULT ?;$/;
    return 'deferred';
  }
  if ($bare =~ /^(?:GRANT|REVOKE) [^;]* ON (?:$granted) /) {
    unproven('a right on what is not its own') if $statement =~ / ON [A-Z ]+ "?(?:pg_|information_schema)/;
    return 'deferred';
  }
  refuse('a statement under SET SESSION AUTHORIZATION that grants nothing') if $acting;
  unproven('rights on what a superuser creates later') if $statement =~ /^ALTER DEFAULT PRIVILEGES FOR ROLE ($name) / && ($login{ unquoted($1) } // '') eq $keeper;
  return 'deferred' if $bare =~ /^ALTER (?:$owned) (?:ONLY )?$dotted OWNER TO $word1;$/ || $bare =~ /^ALTER LARGE OBJECT [0-9]+ OWNER TO $word1;$/
    || $bare =~ /^ALTER (?:FUNCTION|PROCEDURE|ROUTINE|AGGREGATE|OPERATOR) [^;]* OWNER TO $word1;$/
    || $bare =~ /^ALTER SEQUENCE $dotted OWNED BY $dotted;$/ || $bare =~ /^ALTER DEFAULT PRIVILEGES /
    || $bare =~ /^(?:COMMENT|SECURITY LABEL FOR $word1) ON (?!DATABASE|ROLE|TABLESPACE)/ || $bare =~ /^CREATE USER MAPPING /;
  # A publication of one owner may name tables of another. That runs nothing where no row is chosen by an expression.
  return 'super' if !$option{unproven} && $bare =~ /^ALTER PUBLICATION $word1 ADD TABLE (?:ONLY )?$dotted(?: \([^()]*\))?;$/;
  # A materialized view may read what its owner has rights on only once all rights are there.
  return 'refresh' if $bare =~ /^REFRESH MATERIALIZED VIEW /;
  return 'role' unless $bare =~ /^(?:CREATE|ALTER)/;
  # A schema's owner may drop what others have in it: while code of an owner runs, none owns one.
  return 'super' if $bare =~ /^CREATE SCHEMA $word1;$/;
  if ($bare =~ /^CREATE EXTENSION /) {
    # What stands in its schema could be called by the extension's script.
    refuse('an extension after things of the owner') if $planted;
    return 'super';
  }
  if (needs_super($statement, $bare)) {
    unproven('a thing that only a superuser may create');
    return 'super';
  }
  $planted = 1 if $bare !~ /^CREATE COLLATION /;
  return 'role';
}

sub needs_super {
  my ($statement, $bare) = @_;
  if ($bare =~ /^CREATE (?:OR REPLACE )?(TRUSTED )?(?:PROCEDURAL )?LANGUAGE ($word1)/) { $untrusted{$2} = 1 unless $1; return 1 }
  return 1 if $bare =~ /^CREATE (?:ACCESS METHOD|CAST|OPERATOR CLASS|OPERATOR FAMILY|TEXT SEARCH PARSER|TEXT SEARCH TEMPLATE|TRANSFORM) /
    || $bare =~ /^ALTER OPERATOR FAMILY [^;]* ADD / || $bare =~ /^CREATE PUBLICATION $word1 FOR ALL TABLES/
    || $bare =~ /^ALTER PUBLICATION $word1 ADD TABLES IN SCHEMA $word1;$/;
  if ($bare =~ /^CREATE TYPE $dotted(;| \(| AS RANGE)/) {
    my $kind = $1;
    my ($type) = $statement =~ /^CREATE TYPE ($name(?:\.$name)?)/;
    $shell{$type} = 1 if $kind eq ';';
    return $kind ne ' AS RANGE' || $shell{$type};
  }
  if ($bare =~ /^CREATE FOREIGN DATA WRAPPER /) {
    refuse('a foreign data wrapper whose validator is not an extension\'s') if $bare =~ / VALIDATOR (?!postgresql_fdw_validator\b)/;
    return 1;
  }
  return 1 if $bare =~ /^CREATE SERVER /;
  if ($bare =~ /^CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE) /) {
    my $outside = $bare;
    1 while $outside =~ s/\([^()]*\)//g;
    my ($language) = $outside =~ / LANGUAGE ($word1)/ or return 0;
    return 0 unless $untrusted{$language} || $language =~ /^(?:c|internal|plsh|plr|\w+u)$/i;
    # A default is evaluated where it is written down, and may be of a type that calls a function of the owner.
    refuse('a default that names a type or function, in a function that only a superuser may create')
      if $bare =~ /(?: DEFAULT |=)(.*?)(?:\) RETURNS | LANGUAGE )/ && $1 =~ /["A-Za-z_\x80-\xff\$]\.|OPERATOR ?\(/;
    return 1;
  }
  if ($bare =~ /^CREATE (?:OR REPLACE )?AGGREGATE / && $bare =~ /[( ]M?STYPE = internal\b/) {
    refuse('an aggregate that only a superuser may create, of a type of the owner') if $bare =~ /[( ]M?STYPE = (?:$word1\.|"x")/;
    return 1;
  }
  return 0;
}
