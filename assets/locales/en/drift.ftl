# What differs between two schemas, in the window and in the terminal.
# The writer is the side that sends a message, the reader the one that receives it; with a capital where they begin a
# sentence. Which side that is depends on whether it is a request or a response.

drift-title = Compare schemas
drift-target-title = Compare with server
drift-target-help = Asks the server for its schema by reflection and tells what differs from { $name }, and which calls that breaks.
drift-compare = Compare
drift-compare-server = Compare with server…
drift-compare-with = Compare with { $name }
drift-again = Compare again
drift-asking = Asking { $name } for its schema…
drift-comparing = Comparing…
drift-left = Opened: { $name }
drift-right = Server: { $name }
drift-right-files = Compared with: { $name }
drift-services = Services compared
drift-differences = Differences
drift-nothing = Nothing differs.
drift-nothing-shared = Neither side has a service.
drift-service-same = Nothing differs in this service.
drift-problem-left = What you opened: { $problem }
drift-problem-right = The other side: { $problem }
drift-count = { $verdict }: { $count }
drift-not-there = not there
drift-all-methods = All { $count } methods

drift-verdict-same = same
drift-verdict-compatible = compatible
drift-verdict-breaks-json = breaks JSON
drift-verdict-unknown = not compared
drift-verdict-breaks = breaks

drift-impact-compatible = compatible
drift-impact-source = source only
drift-impact-json = breaks JSON
drift-impact-wire = breaks the wire

drift-way-requests = requests
drift-way-responses = responses
drift-way-both = both ways

drift-change-added = added
drift-change-removed = removed
drift-change-renamed = renamed
drift-change-renumbered = renumbered
drift-change-retyped = retyped
drift-change-cardinality = cardinality
drift-change-packed = packed
drift-change-presence = presence
drift-change-required = required
drift-change-oneof = oneof
drift-change-default = default
drift-change-json-name = JSON name
drift-change-reserved = reserved
drift-change-closed = closed
drift-change-kind = kind of call
drift-change-message-type = message type

drift-who-left = your side
drift-who-left-first = Your side
drift-who-server = the server
drift-who-server-first = The server
drift-who-other = the other side
drift-who-other-first = The other side
drift-who-reader = the reader
drift-who-reader-first = The reader
drift-who-writer = the writer
drift-who-writer-first = The writer

drift-why-unimplemented = It is not there: every call ends with UNIMPLEMENTED.
drift-why-not-called = It is new: nobody calls it from here yet.
drift-why-streams = One side sends a stream where the other sends one message.
drift-why-type-name = The type has another name; what is in it is compared on its own.
drift-why-dropped = { $Reader } does not know this number: what is sent in the field is lost.
drift-why-read-as = { $Reader } takes it for { $name }, which has that number there.
drift-why-never-comes = It never comes: the field always reads as unset.
drift-why-retired = Its number is reserved on the other side: it was taken out on purpose.
drift-why-json-unknown = A JSON reader refuses the name, which is not reserved.
drift-why-not-set = { $Writer } does not know the field: it reads as unset.
drift-why-unseen = { $Reader } does not know the field and passes over it.
drift-why-json-name = JSON has another name for it.
drift-why-source-name = Only the name in source code is another.
drift-why-wire-type = The two types are encoded differently: the value cannot be read.
drift-why-misread = The bytes are read as something else: the value is wrong or refused.
drift-why-fits = { $Reader }'s type takes every value of { $writer }'s.
drift-why-range = Values that do not fit into { $reader }'s type are changed without a word.
drift-why-utf8 = It is read as long as the bytes are UTF-8 text.
drift-why-embedded = It is read as long as the bytes are an encoded message of that type.
drift-why-json-form = JSON writes the two in different forms.
drift-why-last-only = Of several values only the last is kept.
drift-why-packed-unread = A packed list cannot be read as a single value.
drift-why-one-element = A single value is read as a list of one.
drift-why-json-list = JSON has a list on one side, a single value on the other.
drift-why-packed-either = Packed and unpacked lists are both read.
drift-why-map-entries = A map is sent as a list of its entries; order and repeated keys may be lost.
drift-why-presence-unseen = { $Reader } cannot tell a zero that was set from a field that was not.
drift-why-presence-omitted = { $Writer } does not send zero: it reads as unset.
drift-why-required-missing = { $Reader } refuses a message without it, and { $writer } may leave it out.
drift-why-required-sent = { $Writer } always sends it; { $reader } does not insist on it.
drift-why-oneof-loses = { $Writer } may set several fields of which { $reader }'s oneof keeps only the last.
drift-why-oneof-safe = No field is lost that could be set before.
drift-why-default = When the field is unset, each side reads its own default.
drift-why-unknown-value = { $Reader } has no name for this number.
drift-why-value-not-sent = { $Writer } does not know the value and never sends it.
drift-why-alias = The name is a second one of its number; JSON readers on the other side refuse it.
drift-why-closed-enum = A closed enum sets aside numbers that it does not know, an open one keeps them.
drift-why-reserved = Nothing that is sent changes; the numbers are protected on one side only.
