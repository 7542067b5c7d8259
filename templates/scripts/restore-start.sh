set_traps
# The private key is all that is ever read from stdin.
for argument in "$@"; do
  if [[ $argument == --identity ]]; then KEY_TEXT=$(head -c 4096); fi
done
clean_environment
main "$@"
