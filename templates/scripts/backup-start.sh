set_traps
clean_environment
main "$@"
