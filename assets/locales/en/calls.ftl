# How calls run, and what is seen of them.

# Settings of a request.
settings-time = Time limits
settings-security = Security
settings-connection = Connection
settings-messages = Messages
settings-retries = Retries
setting-reset = Reset { $name }
setting-browse = Choose a file for { $name }
setting-default = default
inherited-where = { $value } ({ $origin })
setting-timeout-help = How long the whole call may take
setting-connect-timeout-help = How long it may take to reach the server: name look-up, proxy, TCP and TLS together
setting-wait-for-ready-label = Wait for ready
setting-wait-for-ready-help = Wait, within the timeout, until the server can be reached, instead of failing at once
setting-security-label = Encryption
setting-security-help = Whether TLS is used; automatic goes by the scheme, and by the host where there is none
setting-security-now = { $security }: { $reason }
setting-ca-help = Certificates to trust in place of the system's
setting-cert-help = The certificate, with its chain, that this client shows
setting-key-help = The private key of the client certificate
setting-server-name-label = Server name
setting-server-name-hint = the host of the authority
setting-server-name-help = The name that the server's certificate must have
setting-insecure-label = Skip verification
setting-insecure-help = Believe any certificate: for tests alone
setting-insecure-inherited = inherited: on
setting-authority-help = The name of the server in each call, :authority
setting-protocol-label = Protocol
setting-protocol-help = What is spoken with the server
setting-proxy-label = Proxy
setting-proxy-help = The way to the server; the environment has HTTPS_PROXY and NO_PROXY
proxy-environment = As the environment says
proxy-none = None
proxy-address = At an address
proxy-address-name = Address of the proxy
setting-user-agent-label = User agent
setting-user-agent-help = What this client calls itself
setting-keepalive-time-label = Keepalive time
setting-keepalive-time-help = A ping goes out when nothing came for so long; off for none
setting-keepalive-timeout-label = Keepalive timeout
setting-keepalive-timeout-help = How long the answer to a ping may take
setting-keepalive-without-calls-label = Without calls
setting-keepalive-without-calls-help = Send pings while no call runs too
setting-stream-window-label = Stream window
setting-stream-window-help = How far the server may run ahead on one call
setting-connection-window-label = Connection window
setting-connection-window-help = How far the server may run ahead on all calls together
setting-max-receive-size-label = Largest received
setting-max-receive-size-help = A larger message ends the call; 64MB, 512kB, a number of bytes, or unlimited
setting-max-send-size-label = Largest sent
setting-max-send-size-help = A larger message is not sent
setting-compression-label = Compression
setting-compression-help = How sent messages are compressed
setting-accept-compression-label = Accepted
setting-accept-compression-help = What the server may compress with: gzip, deflate, zstd, or identity for nothing
setting-retry-attempts-label = Attempts
setting-retry-attempts-help = How often a call is tried in all, up to 5; 1 for no retry
setting-retry-backoff-label = First wait
setting-retry-backoff-help = The wait before the first retry; it doubles for each further one
setting-retry-max-backoff-label = Longest wait
setting-retry-max-backoff-help = No wait between attempts is longer
setting-retry-codes-label = Retried codes
setting-retry-codes-help = Status codes after which a call is tried again
choice-off = Off
choice-on = On
choice-grpc = gRPC
choice-grpc-web = gRPC-Web
choice-grpc-web-text = gRPC-Web, text
choice-connect = Connect
choice-identity = None
choice-gzip = gzip
choice-deflate = deflate
choice-zstd = zstd

# What a folder or collection sets.
defaults-name = Settings for all requests below
defaults-edit = Settings for all requests below…
defaults-title = Settings below { $name }
defaults-help = Every request below has these, unless it says otherwise itself.
defaults-target-hint = none: each request has its own
defaults-unsaved = There are changes. Save them, or discard them.
defaults-discard = Discard

# Metadata.
metadata-form = Form of metadata value { $number }
metadata-handle = Order of metadata { $number }
metadata-handle-help = Drag to move, click for more; Alt with an arrow moves the row while it is edited
metadata-paste-hint = Paste lines of “name: value”, or a command line with -H, to add rows.
metadata-replaced = { $origin }, replaced below
metadata-suggestion = { $rest } →

# What came back.
entry-form = View of { $name }
entry-show = Show { $name }
entry-hide = Hide { $name }
entry-copy = Copy { $name }
details-title = Details of the status
details-copy = Copy detail { $number }

# Timeline.
timeline-copy = Copy the timeline as text
timeline-peer = { $address }, { $security }, { $reused }
timeline-via = { $before }, through { $value }
timeline-local = { $before }, from { $value }
timeline-wire = { $size }, { $wire } on the wire
timeline-sent = { $count ->
    [one] 1 message sent
   *[other] { $count } messages sent
} ({ $size })
timeline-received = { $count ->
    [one] 1 received
   *[other] { $count } received
} ({ $size })
timeline-sums = { $sent }, { $received }
moment-connected = Connected, { $reused }
moment-looked-up = Looked up { $host }: { $addresses }
moment-trying = Trying { $address }
moment-failed = { $address } failed: { $reason }
moment-socket = Connected to { $address }
moment-tunnelled = Proxy { $proxy } leads on
moment-secured = { $version } agreed on
moment-fetching-token = Fetching a token: { $source }
moment-browser = Waiting for a login in the browser
moment-token = Token: { $source }
moment-token-kept = Token kept from an earlier call: { $source }
moment-settings = HTTP/2 settings
moment-settings-most = HTTP/2 settings, at most { $most } calls at a time
moment-requested = Request headers
moment-requested-stream = Request headers, stream { $stream }
moment-message = { $what } #{ $number }: { $size }
moment-entries = { $what } ({ $count })
moment-retrying = Attempt { $attempt } failed with { $status }; the next in { $wait }
certificate-subject = Subject
certificate-names = Names
certificate-issuer = Issuer
certificate-valid = Valid
certificate-dates = { $from } to { $until }
certificate-serial = Serial
certificate-fingerprint = SHA-256
