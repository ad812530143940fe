# What the rules of a schema ask of a message (protovalidate, protoc-gen-validate), in the window and in the terminal:
# phrases that stand after the name of a field, without a capital and without a full stop.

rule-required = required
rule-oneof = one of its fields must be chosen
rule-group = at most one may be set of: { $fields }
rule-group-required = exactly one must be set of: { $fields }
rule-const = always { $value }
rule-in = one of: { $values }
rule-not-in = none of: { $values }
rule-gt = greater than { $value }
rule-gte = at least { $value }
rule-lt = less than { $value }
rule-lte = at most { $value }
rule-between = { $least } to { $most }
rule-both = { $one } and { $other }
rule-either = { $one } or { $other }
rule-exactly = exactly { $value }
rule-characters = { $count ->
    [one] { $count } character
   *[other] { $count } characters
}
rule-bytes = { $count ->
    [one] { $count } byte
   *[other] { $count } bytes
}
rule-items = { $count ->
    [one] { $count } item
   *[other] { $count } items
}
rule-pairs = { $count ->
    [one] { $count } entry
   *[other] { $count } entries
}
rule-finite = a finite number
rule-unique = all different
rule-pattern = matches { $value }
rule-prefix = begins with { $value }
rule-suffix = ends with { $value }
rule-contains = contains { $value }
rule-not-contains = does not contain { $value }
rule-defined = a value that { $name } names
rule-past = in the past
rule-future = in the future
rule-within = within { $value } of now
rule-each = each: { $rules }
rule-keys = keys: { $rules }
rule-values = values: { $rules }
rule-unchecked = { $rule } (not checked here)

rule-email = an email address
rule-hostname = a host name
rule-ip = an IP address
rule-ipv4 = an IPv4 address
rule-ipv6 = an IPv6 address
rule-uri = a URI
rule-uri-ref = a URI or a reference to one
rule-address = a host name or an IP address
rule-uuid = a UUID
rule-tuuid = a UUID without hyphens
rule-ulid = a ULID
rule-ip-with-prefix-length = an IP address with the length of its prefix
rule-ipv4-with-prefix-length = an IPv4 address with the length of its prefix
rule-ipv6-with-prefix-length = an IPv6 address with the length of its prefix
rule-ip-prefix = an IP prefix
rule-ipv4-prefix = an IPv4 prefix
rule-ipv6-prefix = an IPv6 prefix
rule-host-and-port = a host and a port
rule-header-name = a name for an HTTP header
rule-header-value = a value for an HTTP header

rules-broken = { $count ->
    [one] { $count } rule not met
   *[other] { $count } rules not met
}
rules-held = Not sent: { $count ->
    [one] a rule of the schema is not met.
   *[other] { $count } rules of the schema are not met.
}
rules-more = and { $count } more
rules-send-anyway = Send anyway
rules-checking = Checking the rules…
rules-help = Rules: { $rules }
setting-rules = Check rules
setting-rules-on = Before sending
setting-rules-off = Never
