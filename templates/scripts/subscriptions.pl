# A part of feed.pl: subscriptions, none of which may connect to anything by itself.

# detached STATEMENT, SKELETON: a subscription that connects to nothing and has no slot, whatever the dump says of it.
sub detached {
  my ($statement, $bare) = @_;
  $bare =~ /^CREATE SUBSCRIPTION $word1 CONNECTION '' PUBLICATION $word1(?:, $word1)* WITH \(connect = false, slot_name = (?:NONE|'')((?:, [a-z_]+ = (?:$word1|''))*)\);$/
    && $1 !~ /, (?:connect|slot_name|enabled|create_slot|copy_data) / && $statement =~ /^(CREATE SUBSCRIPTION ($name) CONNECTION $text1 PUBLICATION $name(?:, $name)* WITH \(connect = false, slot_name = )(NONE|$text1)(.*)$/s
    or refuse('a subscription of a shape that no dump has');
  my ($before, $subscription, $slot, $after) = ($1, $2, $3, $4);
  print $subscriptions "$subscription\0", $slot eq 'NONE' ? '' : "ALTER SUBSCRIPTION $subscription SET (slot_name = $slot); ",
    "ALTER SUBSCRIPTION $subscription ENABLE; ALTER SUBSCRIPTION $subscription REFRESH PUBLICATION WITH (copy_data = false);\0" or refuse("cannot write: $!");
  return "${before}NONE$after";
}
