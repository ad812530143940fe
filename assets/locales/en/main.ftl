# Every text of the interface. Keys are the same in every language; a test holds that.
app-name = Trunkline

# Commands, as the palette and the tooltips name them.
command-send = Send
command-end-stream = End stream
command-cancel = Cancel
command-save = Save
command-open = Open files…
command-reflect = Ask a server by reflection…
command-go-to-method = Go to method or type…
command-palette = Find anything…
command-focus-target = Edit target
command-choose-environment = Choose environment
command-find = Find
command-new-tab = New request
command-duplicate-tab = Duplicate request
command-close-tab = Close tab
command-reopen-tab = Reopen closed tab
command-next-tab = Next tab
command-previous-tab = Previous tab
command-rename = Rename request…
command-toggle-sidebar = Show or hide side bar
command-flip-layout = Response right or below
command-generate-example = Generate example
command-generate-minimal = Generate minimal example
command-clear-message = Clear the message
command-undo = Undo in the message
command-redo = Redo in the message
command-toggle-message-view = Form or JSON
command-import-message = Import message
command-copy-message-json = Copy message as JSON on one line
command-copy-message-text = Copy message in the text format
command-copy-message-hex = Copy message as hex
command-copy-message-base64 = Copy message as base64
command-format-message = Format the JSON of the message
command-edit-outside = Edit the message in another program
command-load-message = Load the message from a file…
command-save-message = Save the message to a file…
command-check-all = Check all files
command-reload-schemas = Reload schemas
command-save-protos = Save schema as .proto files…
command-save-descriptor-set = Save schema as descriptor set…
command-settings = Settings
command-quit = Quit

# Words that several parts use.
add = Add
cancel = Cancel
close = Close
delete = Delete
deprecated = deprecated
dismiss = Dismiss
loading = loading…
none = none
open = Open
rename = Rename
save = Save
send = Send
send-message = Send message
send-rest = Send all { $count }
end-stream = End stream
end-stream-help = Tells the server that no more messages come; it goes on answering
plaintext = plaintext
reflect = Reflect
system = System
try-again = Try again

kind-unary = Unary
kind-server-streaming = Server streaming
kind-client-streaming = Client streaming
kind-bidirectional = Bidirectional streaming

# Top bar.
palette-hint = Find a symbol, request or command
palette-methods-hint = Go to service, method, message or field
environment-name = Environment
environment-none = No environment

# Side bar.
sidebar-name = Side bar
sidebar-services = Services
sidebar-collection = Collection
filter-services = Filter services and methods
filter-requests = Filter requests
filter-clear = Clear filter
filter-nothing = Nothing matches.
services-empty = Open .proto files, or drop them here, to see their services.
collection-empty = Open a collection folder, or save a request to begin one.
open-protos = Open protos
open-collection = Open collection
package-none = (no package)
schema-files = { $count ->
    [one] 1 file
   *[other] { $count } files
}
schema-reflection = reflection
schema-descriptor-set = descriptor set
schema-problems = { $count ->
    [one] 1 problem
   *[other] { $count } problems
}
schema-reload = Reload
schema-close = Close
schema-save-protos = Save as .proto files…
schema-save-set = Save as descriptor set…
schema-save-folder = Folder
schema-save-file = File
schema-save-hint = path
schema-save-overwrite = Replace files that differ
schema-save-none = No schema is open that could be saved
schema-saved = { $count ->
    [one] 1 file
   *[other] { $count } files
} saved in { $path }
schema-save-kept = Left as they are, since they differ ({ $count }): { $named }.
schema-save-failed = Not saved ({ $count }): { $named }.
service-undescribed = not described
service-undescribed-help = The server lists this service but does not describe it
services-progress = { $done } of { $total }
schema-cancelled = Reading was cancelled before anything was there.
carried-renamed = { $from } is now { $to }
carried-kept = { $count ->
    [one] { $names } is no longer in the schema; its value is kept
   *[other] { $names } are no longer in the schema; their values are kept
}
carried-kind = The kind of call has changed from { $old } to { $new }
carried-more = { $count } more
carried-between = {". "}
carried-undo = Undo
carried-dismiss = Dismiss what is said of the change
method-vanished = { $schema } no longer has { $method }. The request is kept as it is.
import-paths-title = Import paths
import-paths-help = An import is taken from the first folder that has it, top to bottom.
import-paths-empty = None given: imports are looked up in the folders found below.
import-paths-add = Add a path
import-paths-apply = Apply
import-paths-found = Tried after them, without being named:
import-path-name = Import path { $number }
import-path-hint = A folder
import-path-up = Move import path { $number } up
import-path-down = Move import path { $number } down
import-path-remove = Remove import path { $number }
import-root-project = named by buf.yaml or buf.work.yaml
import-root-opened = opened
import-root-found = implied by the packages of the files
add-import-path = Add import path { $path }
path-missing = There is nothing at { $path }

# Tabs.
tab-untitled = New request
welcome-open = Open .proto files or ask a server by reflection to begin.
welcome-method = Choose a method at the left, or find one by typing.

# Address row.
target-name = Target
target-hint = localhost:50051
method-name = Method
method-hint = Choose a method
method-loading = Reading the types of the method…
method-unknown = No open schema has { $method }. Open its .proto files, or ask the server by reflection.
lock-tls = TLS
lock-plaintext = Plaintext
lock-insecure = TLS without verification: anyone could be listening
lock-chosen = chosen for this request
lock-scheme = the scheme says so
lock-loopback = the host is this machine
lock-default = the default for other machines
lock-unknown = The target cannot be read yet
lock-last = Last connection
tls-auto = Automatic: by scheme; plaintext to this machine, else TLS
tls-plaintext = Plaintext
tls-tls = TLS
tls-auto-short = Automatic
tls-plaintext-short = Plaintext
tls-tls-short = TLS

# Request.
pane-message = Message
pane-messages = Messages
pane-metadata = Metadata
pane-auth = Auth
pane-settings = Settings
pane-docs = Docs
view-name = View of the message
view-form = Form
view-json = JSON
view-text = Text
view-wire = Wire
format-text = Text format
format-hex = Hex
format-base64 = Base64
format-binary = Binary
message-menu = Import and copy
import-help = Paste a message in any form, or take one from a file. It replaces the message being written.
import-text = Message to import
import-hint = JSON, text format, hex or base64
import-format = Form of the message
import-format-auto = Detect
import-as = Import as { $format }
import-nothing = Nothing to import yet.
import-reading = Reading
import-read = Read as { $format }.
import-framed = The first 5 bytes, the header of a gRPC frame, are left out.
import-file = From file
import-file-back = Back to the text
import-no-dialog = No file dialog answered on this system. Paste the message above.
import-take = Import
json-name = Message as JSON
json-edit-outside = Edit in another program
json-find = Find in the message
json-find-case = Match case
json-find-close = Close find
json-find-count = { $at } of { $count }
json-find-next = Next match
json-find-nothing = nothing found
json-find-previous = Previous match
json-format = Format
json-format-fails = The text is not valid JSON, so it was not formatted: { $problem }
json-keys = Ctrl+Space suggests what can stand at the cursor. Escape leaves the text; then Tab moves on and Enter comes back.
json-large = This message has { $size }: it is shown here, and edited elsewhere.
json-line = Go to line
json-load = Load from a file…
json-menu = Message and files
json-more-problems = { $count ->
    [one] and one more
   *[other] and { $count } more
}
json-suggestions = Suggestions
message-no-dialog = No file dialog answered on this system. Edit the message in another program instead, or paste it.
message-saved = The message is saved: { $path }
outside-conflict = The file and this message were both changed. Which one counts?
outside-editing = Editing in { $path }
outside-fails = The message could not be given to another program: { $problem }
outside-keep = Keep this message
outside-stop = Stop
outside-take = Take the file
outside-unread = What the other program saved could not be read: { $problem }
bytes-base64 = base64
bytes-clear = Clear { $name }
bytes-file = Read { $name } from a file
bytes-hex = hex
bytes-no-dialog = No file dialog answered on this system. Paste the bytes as base64 or hex.
bytes-not-text = These bytes are no UTF-8 text; they stay as base64.
bytes-reading = Reading the file
bytes-text = text
bytes-too-large = The file has { $size }; at most { $most } are read.
bytes-view = View of { $name }
any-coming = Loading the type…
any-filter = Find a type, or type a URL
any-nothing = no type
any-type = type
any-type-of = Type of { $name }
any-undecoded = These bytes are no message of that type; they are sent as they are.
any-unknown = The schema does not have this type: its bytes are sent as they are.
combo-as-typed = as typed
enum-deprecated = deprecated
enum-filter = Find, or type a name or number
form-extensions = Extensions
form-extensions-count = { $set } of { $count } set
form-unknown = Unknown fields
form-unknown-count = { $count ->
    [one] { $count } field that the schema does not have
   *[other] { $count } fields that the schema does not have
}
form-unknown-help = They came with the message. They are kept, and sent with it.
json-as-text = Edit { $name } as JSON text
json-as-tree = Edit { $name } as a tree
json-bool = bool
json-count = { $count ->
    [0] empty
    [one] { $count } entry
   *[other] { $count } entries
}
json-key = key
json-kind-of = Kind of { $name }
json-list = list
json-null = null
json-number = number
json-object = object
json-string = string
mask-choose = Fields of { $name }
mask-choose-for = Choose paths for { $name }
remove = Remove
form-absent = not set
form-absent-default = not set, default { $value }
form-empty = { $name } has no fields.
form-extra = not in the schema
form-extra-help = The message type has no such field: it is kept, and Send says so.
form-reading = Reading a large message…
form-needs-json = The text is not valid JSON, so there is no form yet: { $problem }
form-no-fields = no fields
form-odd = does not fit the field; mend it in the JSON view
form-problems = { $count ->
    [one] 1 problem
   *[other] { $count } problems
}
form-set = Set { $name }
hint-bytes = base64
hint-bytes-hex = 00 ff
hint-bytes-text = text
hint-duration = 1.5s
hint-field-mask = name,address.city
hint-json = JSON
hint-timestamp = 2026-11-21T10:30:00Z
list-add = Add to { $name }
list-delete = Delete
list-down = Move down
list-duplicate = Duplicate
list-insert-above = Insert above
list-insert-below = Insert below
list-menu = Actions for { $name }
list-paste = Paste many into { $name }
list-paste-add = Add { $count }
list-paste-hint = one value per line, or a JSON array
list-paste-short = Paste many
list-remove = Remove { $name }
list-up = Move up
map-duplicate = another entry has the same key
map-key = { $name } key { $number }
map-value = { $name } value { $number }
oneof = oneof
oneof-none = none
timestamp-now = Now
example-menu = More ways to begin
example-full = Full example
example-minimal = Minimal example: what is required
time-choose = Choose a time for { $name }
time-month-before = Month before for { $name }
time-month-after = Month after for { $name }
time-weekdays = Mo Tu We Th Fr Sa Su
time-hour = Hour of { $name }
time-minute = Minute of { $name }
time-second = Second of { $name }
time-no-such = no such time of day
time-zone = Time zone
time-utc = UTC
time-local = Local
field-reset = Reset
field-copy = Copy value
field-copy-json = Copy as JSON
field-copy-path = Copy path
field-docs = Show documentation
field-docs-type = Show documentation of { $name }
field-variable = Insert variable
variable-generated = a new value each time
variable-of-environment = from the environment { $name }
variable-of-collection = from the collection { $name }
variable-of-folder = from the folder { $name }
variable-built-in = built in
stream-messages = Messages
message-add = Add a message
message-remove = Remove this message
inherited = inherited
inherited-value = Inherited: { $value }
metadata-empty = Metadata is sent before the first message. Names ending in -bin take base64.
metadata-add = Add metadata
metadata-on = Send metadata { $number }
metadata-key = Metadata name { $number }
metadata-key-hint = name
metadata-value = Metadata value { $number }
metadata-value-hint = value
metadata-bin-hint = base64
metadata-remove = Remove metadata { $number }
auth-inherit = Inherit
auth-inherit-help = Uses what the folder or the collection says; nothing where they say nothing.
auth-none = None
auth-none-help = Sends no credentials, whatever is inherited.
auth-bearer = Bearer
auth-basic = Basic
auth-api-key = API key
auth-token-label = Token
auth-token-hint = token, or a variable in double braces
auth-user-label = User
auth-password-label = Password
auth-name-label = Name
auth-value-label = Value
auth-kind = Kind
auth-jwt = JWT (signed here)
auth-oauth2 = OAuth 2
auth-command = Token from a command
auth-show = Show secrets
auth-hide = Hide secrets
auth-plain-secret = This secret would be saved as it stands, and go into git with its collection. Put it into a secret variable of an environment (NAME.secret.json, which git ignores) and write the variable here in double braces.
auth-algorithm-label = Algorithm
auth-secret-label = Secret
auth-base64 = Secret is base64
auth-private-key-label = Private key
auth-private-key-hint = -----BEGIN PRIVATE KEY-----, or a variable in double braces
auth-key-file-label = Key file
auth-key-file-hint = from the collection's folder
auth-claims-label = Claims
auth-claims-hint = a JSON object
auth-lifetime-label = Lifetime
auth-lifetime-hint = none; 5m, 1h: sets iat and exp where the claims lack them
auth-header-label = Header extras
auth-header-hint = a JSON object, as kid needs it
auth-entry-name-label = Sent as
auth-entry-name-hint = authorization
auth-entry-prefix-label = Prefix
auth-entry-prefix-hint = none
auth-grant-label = Grant
auth-client-credentials = Client credentials
auth-authorization-code = Authorization code
auth-authorization-url-label = Authorization URL
auth-token-url-label = Token URL
auth-client-id-label = Client ID
auth-client-secret-label = Client secret
auth-client-secret-hint = none
auth-scopes-label = Scopes
auth-scopes-hint = separated by spaces
auth-audience-label = Audience
auth-audience-hint = none
auth-resource-label = Resource
auth-resource-hint = none
auth-client-auth-label = Client sent in
auth-in-header = Header (Basic)
auth-in-body = Body
auth-parameters-label = Further parameters
auth-parameters-hint = name=value, one on a line
auth-command-line-label = Command
auth-command-line-hint = gcloud auth print-access-token
auth-command-help = Runs in the system's shell, in your home folder; what it prints is the token. It is kept for up to five minutes.
auth-command-timeout-label = Timeout
auth-command-timeout-hint = 30s
auth-question = May this command run on your machine to print a token?
auth-question-help = Commands come with collections, and collections come from others. Allow only what you understand.
auth-allow-once = Allow once
auth-allow-always = Always allow this command line
auth-do-not-run = Do not run
auth-waiting-browser = Waiting for the login in the browser
auth-copy-address = Copy address
auth-fetching = Getting a token
auth-get-token = Get token
auth-copy-token = Copy token
auth-forget = Forget
auth-valid = The token is kept until a server refuses it, or it is too old.
auth-valid-until = Token valid until { $time }
auth-no-browser = The browser could not be opened ({ $problem }). Copy the address and open it yourself.
setting-timeout-label = Timeout
setting-timeout-hint = none; 5s, 250ms, 1m30s
setting-connect-timeout-label = Connect timeout
setting-connect-timeout-hint = 10s
setting-ca-label = Trusted roots
setting-ca-hint = those of the system; or a PEM file
setting-cert-label = Client certificate
setting-cert-hint = PEM, .p12 or .pfx file
setting-key-label = Client key
setting-key-hint = PEM file
setting-password-label = Certificate password
setting-authority-label = Authority
setting-authority-hint = the target's host
insecure-warning = The server's certificate is not checked: anyone on the way can read and change what is sent.

# Response.
response-empty = Send the request to see the answer here.
response-no-method = The answer will be shown here.
call-connecting = Connecting
call-waiting = Waiting for the answer
call-streaming = Streaming
call-counts = { $sent } sent, { $received } received
call-rate = { $rate }/s
call-dropped = { $memory }, { $dropped } oldest dropped
call-memory-help = Memory that the log holds; its limit is in the settings
pane-headers = Headers
pane-trailers = Trailers
pane-timeline = Timeline
headers-empty = No headers came.
trailers-empty = No trailers came.
answer-name = Answer
answer-coming = Decoding a large message…
copy-message = Copy message
copy-too-large = more than 64 MB, which the clipboard does not take; save it as a file
copy-failed = Not copied: { $problem }
copy-as-json = Copy as JSON
copy-as-json-line = Copy as JSON on one line
copy-as-text = Copy as text format
copy-as-hex = Copy as hex
copy-as-base64 = Copy as base64
save-as-json = Save as JSON file
save-as-text = Save as text format file
save-as-binary = Save as binary file
save-no-dialog = No file dialog answered on this system. Copy the message instead.
file-saved = Saved { $size } as { $path }
file-not-saved = Not saved: { $problem }
answer-view = View of the answer
answer-as-json = Answer as JSON
answer-as-text = Answer as text format
answer-as-wire = Answer as wire format
answer-menu = Copy as, save as, options
written-title = JSON is written with
written-defaults = Default values
written-names = Original names
written-numbers = Enum numbers
written-unknown = Unknown fields
wire-columns = Offset, field, wire type, length, value, bytes
bytes-fields = Bytes
bytes-fields-more = and more
bytes-title = Bytes
bytes-image = Image
bytes-message = Message
bytes-as-hex = Hex
bytes-looks = View of the bytes
bytes-looking = Looking at the bytes
bytes-save = Save to file
ended-cancel = You cancelled the call.
ended-deadline = The timeout ran out before the call ended. Raise it under Settings, or look at why the server is slow.
event-connecting = Connecting
event-connected = Connected
event-sent = Sent
event-sending-ended = End of stream sent
event-headers = Headers
event-received = Received
event-finished = Finished
timeline-more = { $count } more in Messages
direction-name = Direction
direction-all = All
direction-sent = Sent
direction-received = Received
pause = Pause
resume = Resume
pause-help = Freezes the view; receiving goes on
filter-log = Filter messages
filter-counts = { $hits } of { $all }
log-name = Log
log-empty = Nothing has happened yet.
log-latest = Latest
row-large = large message: choose it to see it below
log-copy = Copy all messages as JSON lines
log-copy-too-large = Too many messages to copy
close-detail = Close message
split-name = Border between request and response
column-number = #
column-time = time
column-gap = gap
column-size = size
column-message = message

# Status line.
demo-running = Demo server on { $address }
demo-starting = Demo server starting
demo-failed = No demo server: { $reason }
status-loading = Reading { $name }
status-reflecting = { $name }: { $done } of { $total } services
status-checking = Checking { $name }: { $done } of { $total } files
status-cancel-check = Cancel checking { $name }
status-opening = Looking at what is to be opened…
status-finding-files = Reading { $name }: { $total } files found so far
status-loading-files = Reading { $name }: { $done } of { $total } files
status-cancel-opening = Cancel opening
status-cancel = Cancel reading { $name }
status-services = { $services ->
    [one] 1 service
   *[other] { $services } services
}, { $methods ->
    [one] 1 method
   *[other] { $methods } methods
}
status-problems = { $count ->
    [one] 1 problem
   *[other] { $count } problems
}
status-connection = { $http }, { $security }, { $reused }
connection-new = new connection
connection-reused = reused
deleted = Deleted { $name }; Ctrl+Shift+T brings back what it held
saved = Saved as { $path }

# Dialogs.
open-title = Open
open-help = .proto files or folders, descriptor sets, collections. They can also be dropped on the window.
open-paths = Paths
open-paths-hint = one a line
open-import-paths = Import paths
open-import-paths-hint = found by themselves where possible
open-no-dialog = No file dialog answered on this system. Type the path above.
browse-files = Files…
browse-folder = Folder…
reflect-title = Ask a server by reflection
reflect-target = Target to ask
reflect-help = Lists the services of a running server that has server reflection.
reflect-known = { $target } is open already; Reload asks it again
save-title = Save request
save-name = Name
save-name-hint = Say hello
save-folder = Folder

# Settings.
setting-theme = Theme
theme-light = Light
theme-dark = Dark
setting-language = Language
setting-response = Response
position-auto = Automatic
position-right = Right
position-below = Below
setting-scale = Size
setting-log-limit = Memory of a log
settings-keys = Keys

problems-title = Problems
problems-none = Nothing is wrong.
show = show
docs-method = Method
docs-request = Request message
docs-response = Response message

symbol-service = Service
symbol-method = Method
symbol-message = Message
symbol-field = Field
symbol-oneof = Oneof
symbol-enum = Enum
symbol-enum-value = Enum value
symbol-extension = Extension

docs-title = Documentation
docs-back = Back
docs-forward = Forward
docs-open = Open method
docs-edition = edition { $name }
docs-nothing = There is nothing to read about this.
docs-used-by = Used by
docs-use-request = as request
docs-use-response = as response
docs-use-field = field
docs-use-extension = extended by
docs-more = and { $count } more
