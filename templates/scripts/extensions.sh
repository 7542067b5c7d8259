# The extensions of a backup against those that this server offers, before anything large is fetched: what is missing is a matter of packages,
# and no older backup would do instead.
IFS= read -r -d '' EXTENSIONS_SQL <<'END' || :
SELECT '0', setting, '', '' FROM pg_config WHERE name = 'SHAREDIR'
UNION ALL SELECT '1', key, '', '' FROM json_each_text(:'wanted') WHERE key ~ '^[A-Za-z0-9_]{1,63}$'
UNION ALL SELECT CASE WHEN a.name IS NULL THEN 'missing' ELSE 'version' END, translate(wanted.key, E'\n\r|', '   '), translate(wanted.value, E'\n\r|', '   '),
  a.default_version
FROM json_each_text(:'wanted') AS wanted LEFT JOIN pg_available_extensions a ON a.name = wanted.key
WHERE a.name IS NULL OR a.default_version <> wanted.value
  AND NOT EXISTS (SELECT FROM pg_available_extension_versions v WHERE v.name = wanted.key AND v.version = wanted.value)
ORDER BY 1, 2;
END
readonly EXTENSIONS_SQL

check_extensions() {
  local wanted kind name version here folder='' missing='' packages='' unknown=''
  wanted=$(jq -c '.extensions | objects' "$MANIFEST") && [[ $wanted == '{'* ]] || return 0
  ask superior postgres --set=wanted="$wanted" <<<"$EXTENSIONS_SQL" || die "cannot ask which extensions there are: $(reason first "$WORK/psql.err")"
  while IFS='|' read -r kind name version here; do
    case $kind in 0) folder=$name; continue ;; 1) note_single "$folder" "$name" || :; continue ;; esac
    [[ $kind != missing || -n $TARGET || $'\n'$SINGLE != *$'\n'"extension $name"$'\n'* ]] || continue
    if [[ $kind == version ]]; then
      say extensions "$name $version of the backup is not offered here; $here takes its place"
      continue
    fi
    missing+="${missing:+, }$name $version"
    find_package "$name"
    if [[ -z $PACKAGE ]]; then unknown+="${unknown:+, }$name"; elif [[ " $packages " != *" $PACKAGE "* ]]; then packages+="${packages:+ }$PACKAGE"; fi
  done <"$WORK/answered"
  [[ -n $missing ]] || return 0
  missing+=${packages:+"; install them: apt-get install $packages"}
  missing+=${unknown:+"; find the package of $unknown: apt-cache search postgresql-$((SERVER_NUMBER / 10000)), or apt-file search /extension/NAME.control"}
  die "extensions of $NAME are missing on this server: $missing"
}

# find_package EXTENSION: sets PACKAGE to Debian's package of a well-known one, else to nothing.
PACKAGE=''
find_package() {
  local major=$((SERVER_NUMBER / 10000))
  case $1 in
    postgis | postgis_raster | postgis_sfcgal | postgis_topology | postgis_tiger_geocoder | address_standardizer | address_standardizer_data_us)
      PACKAGE=postgresql-$major-postgis-3 ;;
    vector) PACKAGE=postgresql-$major-pgvector ;;
    pg_cron | pg_partman | pg_repack) PACKAGE=postgresql-$major-${1#pg_} ;;
    timescaledb) PACKAGE=timescaledb-2-postgresql-$major ;;
    plperl | plperlu | bool_plperl* | jsonb_plperl* | hstore_plperl*) PACKAGE=postgresql-plperl-$major ;;
    plpython3u | *_plpython3u) PACKAGE=postgresql-plpython3-$major ;;
    pltcl | pltclu) PACKAGE=postgresql-pltcl-$major ;;
    hll | hypopg | ip4r | orafce | pgaudit | pglogical | pgrouting | pgtap | plr | prefix | q3c | rum | semver | unit | debversion | periods | jsquery | tdigest | pldbgapi | plpgsql_check | mysql_fdw | ogr_fdw | tds_fdw | pg_qualstats | pg_stat_kcache | pg_wait_sampling)
      PACKAGE=${1/pldbgapi/pldebugger}
      PACKAGE=postgresql-$major-${PACKAGE//_/-} ;;
    adminpack | amcheck | autoinc | bloom | btree_gin | btree_gist | citext | cube | dblink | dict_int | dict_xsyn | earthdistance | file_fdw | fuzzystrmatch | hstore | insert_username | intagg | intarray | isn | lo | ltree | moddatetime | old_snapshot | pageinspect | pg_buffercache | pg_freespacemap | pg_prewarm | pg_stat_statements | pg_surgery | pg_trgm | pg_visibility | pg_walinspect | pgcrypto | pgrowlocks | pgstattuple | postgres_fdw | refint | seg | sslinfo | tablefunc | tcn | tsm_system_rows | tsm_system_time | unaccent | uuid-ossp | xml2)
      PACKAGE=postgresql-contrib ;;
    *) PACKAGE='' ;;
  esac
}
