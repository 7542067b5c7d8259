check_notify_config() { :; }

# tell start|success|fail: whom the config names.
tell() { :; }

# alarm STAGE TEXT: something needs a person.
alarm() { :; }
