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
setting-timeout-help = How long the whole call may take, from Send to its status; the server is told of it. With none a call may run for ever.
setting-connect-timeout-help = How long it may take to reach the server: name look-up, proxy, TCP and TLS together
setting-wait-for-ready-label = Wait for ready
setting-wait-for-ready-help = What happens when the server cannot be reached. On: the call waits and tries again until its timeout, which helps while a server starts. Off: it fails at once with UNAVAILABLE.
setting-security-label = Encryption
setting-security-help = Whether TLS is used; automatic goes by the scheme, and by the host where there is none
setting-security-now = { $security }: { $reason }
setting-ca-help = A PEM file with the certificates to trust in place of the system’s: for servers whose certificate was signed by your own company or for a test.
setting-cert-help = What this client shows to a server that asks who it is (mutual TLS): a PEM file with the certificate and its chain, or a .p12 or .pfx file, which has the key in it.
setting-key-help = The private key of the client certificate, as a PEM file. A .p12 or .pfx file has its own.
setting-password-help = What opens the .p12 or .pfx file. Write a variable in double braces, so that the password does not go into git.
setting-password-hint = none, or a variable in double braces
setting-server-name-label = Server name
setting-server-name-hint = the host of the authority
setting-server-name-help = The name that the server’s certificate must have, where it is not the host of the target: for servers reached by an IP address or through a tunnel.
setting-insecure-label = Skip verification
setting-insecure-help = Believe any certificate. Anyone on the way could read and change what is sent: for tests alone.
setting-insecure-inherited = inherited: on
setting-authority-help = The name of the server that every call carries (:authority). Proxies, and servers with several names, choose by it.
setting-protocol-label = Protocol
setting-protocol-help = gRPC is what nearly every server speaks. gRPC-Web and Connect are for servers and gateways made for browsers.
setting-proxy-label = Proxy
setting-proxy-help = A proxy on the way to the server. The environment names one in HTTPS_PROXY, and what is reached without it in NO_PROXY.
proxy-environment = As the environment says
proxy-none = None
proxy-address = At an address
proxy-address-name = Address of the proxy
setting-user-agent-label = User agent
setting-user-agent-help = What this client calls itself in every call; servers write it into their logs.
setting-keepalive-time-label = Keepalive time
setting-keepalive-time-help = When nothing came for so long, a ping asks whether the server is still there: this finds dead connections, and keeps proxies from closing quiet ones. Many servers end the connection (too_many_pings) below 5 minutes. off for none.
setting-keepalive-timeout-label = Keepalive timeout
setting-keepalive-timeout-help = How long the answer to such a ping may take before the connection is given up.
setting-keepalive-without-calls-label = Keepalive when idle
setting-keepalive-without-calls-help = Send such pings while no call runs, too.
setting-stream-window-label = Stream window
setting-stream-window-help = How many bytes the server may send ahead on one call (HTTP/2 flow control). Larger is faster over long distances, and takes more memory.
setting-connection-window-label = Connection window
setting-connection-window-help = How many bytes the server may send ahead on all calls of the connection together.
setting-max-receive-size-label = Largest received
setting-max-receive-size-help = A larger message ends the call with RESOURCE_EXHAUSTED. Write 64MB, 512kB, a number of bytes, or unlimited.
setting-max-send-size-label = Largest sent
setting-max-send-size-help = A larger message is not sent. Many servers take no more than 4MB.
setting-compression-label = Compression
setting-compression-help = How sent messages are compressed. A server that cannot read it answers UNIMPLEMENTED.
setting-accept-compression-label = Accepted compression
setting-accept-compression-help = What the server may compress with: gzip, deflate, zstd, or identity for nothing
setting-retry-attempts-label = Attempts
setting-retry-attempts-help = How often a call is tried in all: 2 to 5, or 1 for no retry. It is tried again only while nothing of an answer has come.
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

# Credentials.
auth-not-sent = Not sent: the metadata has { $name }, which goes before these credentials. Switch that row off to send them.
auth-algorithm-help = How the token is signed: HS with a secret that both sides have, the others with a private key.
auth-claims-help = What the token says, as a JSON object: iss, sub, aud and whatever the server wants.
auth-lifetime-help = Sets the claims iat (now) and exp (now and this long), where they are not there already. A new token is signed before the old one ends.
auth-header-help = Members for the header of the token, as a JSON object: kid where the server has several keys.
auth-key-file-help = A PEM file with the key, in place of the key itself.
auth-entry-name-help = The name of the metadata that carries the token.
auth-entry-prefix-help = What stands before the token, with a space between.
auth-grant-help = Client credentials: this program asks in its own name. Authorization code: you log in with the browser, and it asks in your name.
auth-token-url-help = Where the token is fetched; its documentation often calls it the token endpoint.
auth-authorization-url-help = Where you log in; its documentation often calls it the authorization endpoint.
auth-redirect-port-help = The port of the address that the browser comes back to. Type one where the provider takes only a redirect address that is registered with it to the letter, port and all.
auth-scopes-help = What the token is to allow; the words are the server’s.
auth-audience-help = For whom the token is, where the server asks for that (Auth0 does).
auth-resource-help = What the token is for, as an address, where the server asks for that (RFC 8707).
auth-client-auth-help = Where ID and secret go when the token is fetched. Try the other one where the server answers invalid_client.
auth-parameters-help = Further parameters of the request for a token.
auth-command-timeout-help = How long the command may take.
auth-signed-anew = The token can be signed. Without a lifetime each call signs one of its own.

# What came back.
entry-form = View of { $name }
entry-show = Show { $name }
entry-hide = Hide { $name }
entry-copy = Copy { $name }
entry-empty = empty
entry-more = Show all, { $size }
entry-less = Show less
details-title = Details of the status
details-copy = Copy detail { $number }

# Timeline.
timeline-copy = Copy the timeline as text
timeline-http = { $http }, { $security }
http-1 = HTTP/1.1
http-2 = HTTP/2
peer-address = Address
peer-via = Through
peer-local = From
peer-tls = TLS
peer-cipher = Cipher
peer-alpn = ALPN
peer-none = none
peer-verified = Certificate
peer-checked = verified
peer-skipped = not verified
peer-not-verified = { $version }, not verified
peer-doubt = The server’s certificate was not verified. Verification would have said: { $doubt }
peer-no-doubt = The server’s certificate was not verified, though verification would have found nothing wrong: it need not be skipped.
peer-key-log = The secrets of this connection are written to the file that SSLKEYLOGFILE names: whoever has that file can read what is said.
timeline-peer = { $address }, { $security }, { $reused }
timeline-via = { $before }, through { $value }
timeline-local = { $before }, from { $value }
timeline-wire = { $size }, { $wire } on the wire
timeline-sent = { $count ->
    [one] 1 message sent
   *[other] { $figure } messages sent
} ({ $size })
timeline-received = { $count ->
    [one] 1 received
   *[other] { $figure } received
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
moment-requested = Request headers, { $http }
moment-requested-stream = Request headers, stream { $stream }
moment-message = { $what } #{ $number }: { $size }
moment-only-message = { $what }: { $size }
moment-entries = { $what } ({ $count })
moment-retrying = Attempt { $attempt } failed with { $status }; the next in { $wait }
certificate-subject = Subject
certificate-names = Names
certificate-issuer = Issuer
certificate-valid = Valid
certificate-dates = { $from } to { $until }
certificate-serial = Serial
certificate-fingerprint = SHA-256
tls-detail =
    { $known ->
        [not-found] no such file or directory
        [permission-denied] permission denied
        [folder] it is a folder
        [too-large] it is too large for such a file
        [section-end] the end of a section is missing
        [section-start] a section begins badly
        [base64] its base64 is broken
        [no-certificate] it is not encoded as a certificate should be
        [unknown-key] it is broken, or of a kind that is not supported
        [short-key] it is too short
        [no-pkcs12] it is not encoded as such a file should be
        [unknown-encryption] it is encrypted or sealed in a way that is not supported
        [unknown-content] it holds a certificate or key of a kind that is not supported
        [version-1] it is of X.509 version 1, and only version 3 is taken
        [extension] it has a critical extension that is not known
        [signature] it is signed in a way that is not supported, SHA-1 or a short key perhaps
        [issuer-no-ca] it is issued by a certificate that is none of a CA
        [name-constraint] its CA may not vouch for that name (name constraints)
        [path-length] more certificates stand between than its CA allows (path length)
        [revoked] it was revoked
       *[other] { $detail }
    }

# Sending.
call-not-sent = Not sent. { $problem }
call-not-sent-more = Not sent. { $problem } (and { $more } more)
call-problem = { $place }: { $problem }
call-attempts = { $count } attempts
failure-setting = Go to “{ $name }”
