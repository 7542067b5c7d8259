# The text file for node_exporter, of gauges that stand until the next run.

readonly -a METRICS=(
  'last_run_ok Whether the last run was good, 1 or 0.'
  'last_run_timestamp_seconds When the last run ended.'
  'last_run_duration_seconds How long the last run took, waiting for others not counted.'
  'last_success_timestamp_seconds When the newest backup was made whose copy on the box is equal.'
  'size_bytes Size of that backup.'
  'tables Tables in that backup.'
  'rows Rows in that backup.'
  'proof_timestamp_seconds When a backup was last restored as a proof.'
  'proof_ok Whether that proof held, 1 or 0.'
  'held Whether nothing is pruned until an unusual size is acknowledged, 1 or 0.')

# What this run does not know keeps the value it had. In a folder that others write to: nothing there is followed or trusted.
write_metrics() {
  local file=$PROMETHEUS_DIR/postgres_backup_$PROJECT.prom part=$PROMETHEUS_DIR/.postgres_backup_$PROJECT.part line metric
  local -A values=()
  if [[ ! -d $PROMETHEUS_DIR ]]; then printf 'no metrics: %s is not there\n' "$PROMETHEUS_DIR"; return; fi
  if [[ -f $file && ! -L $file ]]; then
    while IFS= read -r line; do
      if [[ $line =~ ^postgres_backup_([a-z_]+)\{project=\"$PROJECT\"\}\ ([0-9]+)$ ]]; then values[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}; fi
    done <"$file"
  fi
  measure
  exec 9<>"$RUN_DIR/$PROJECT.metrics.lock"
  flock -w 2 9
  rm -f -- "$part"
  umask 022
  set -o noclobber
  for line in "${METRICS[@]}"; do
    metric=${line%% *}
    [[ ${values[$metric]:-} =~ ^[0-9]+$ ]] || continue
    printf '# HELP postgres_backup_%s %s\n# TYPE postgres_backup_%s gauge\n' "$metric" "${line#* }" "$metric"
    printf 'postgres_backup_%s{project="%s"} %s\n' "$metric" "$PROJECT" "${values[$metric]}"
  done >"$part" && mv -T -- "$part" "$file" || printf 'no metrics: could not write %s\n' "$file"
}

# The values, as far as this run knows them.
measure() {
  values[held]=0
  [[ ! -s $BACKUP_DIR/.held_$PROJECT ]] || values[held]=1
  if [[ $PROOF != null ]]; then
    values[proof_timestamp_seconds]=$(seconds_of "$(field "$PROOF" at)")
    values[proof_ok]=0
    [[ $(field "$PROOF" ok) != true ]] || values[proof_ok]=1
  fi
  [[ $kind == backup ]] || return 0
  values[last_run_ok]=0
  [[ $event != success ]] || values[last_run_ok]=1
  values[last_run_timestamp_seconds]=$(date +%s)
  values[last_run_duration_seconds]=$((SECONDS - TOLD_SINCE))
  [[ $safe != null ]] || return 0
  values[last_success_timestamp_seconds]=$(seconds_of "$(field "$safe" finishedAt)")
  values[size_bytes]=$(field "$safe" bytes)
  values[tables]=$(field "$safe" tables)
  values[rows]=$(field "$safe" rows)
}
