# The panel of channels: connections, health, channelz.

channels-title = Channels
channels-none = Nothing is connected yet: send a request, and its connection shows here.
channels-list = Channels
channel-status = Channel: { $channel }
channel-idle = Idle
channel-connecting = Connecting
channel-ready = Ready
channel-failed = Failed
channel-shutdown = Closed
channel-open-calls =
    { $count ->
        [0] no calls
        [one] 1 call
       *[other] { $count } calls
    }
channel-since = { $state } for { $age }
channel-ago = { $age } ago
channel-ping = Ping
channel-reconnect = Reconnect
channel-close = Close channel
channel-copy = Copy as text
channel-ping-not-connected = There is no connection to ping
channel-ping-unanswered = The ping was not answered
channel-ping-lost = The connection ended before the answer
channel-pane-connection = Connection
channel-pane-history = History
channel-pane-health = Health
channel-pane-channelz = channelz
channel-addresses = Target
channel-peer = Connected to
channel-local = This end
channel-proxy = Proxy
channel-connected = Connected
channel-authority = Authority
channel-security = Security
channel-tls = TLS
channel-max-streams = Calls at a time
channel-no-limit = no limit
channel-calls = Calls
channel-calls-words = { $open } open, { $all } so far
channel-connections = Connections
channel-connections-words = { $all } so far
channel-connections-draining = { $all } so far; calls still run on { $old } older
channel-traffic = Traffic
channel-traffic-words = { $in } received, { $out } sent
channel-round-trip = Last ping
channel-round-trip-words = { $took }, { $ago }
channel-goaway = Last GOAWAY
channel-last-failure = Last failure
channel-last-failure-words = { $sentence } ({ $ago })
channel-next-try = Next try
channel-next-try-words = in { $wait }, for calls that wait
channel-chain =
    { $count ->
        [one] 1 certificate
       *[other] { $count } certificates
    }
channel-doubt = The certificate was not verified, and verification would have failed: { $sentence }
channel-unverified = The certificate was not verified: anybody may be at the other end.
channel-key-log = The secrets of this connection are written to the file that SSLKEYLOGFILE names: whoever has it can read what is said.
channel-strip = States over the last { $age }
channel-history-dropped = { $count } earlier changes are kept no more.
channel-why-wanted = a call or the user wants a connection
channel-why-opened = the server answered
channel-why-goaway = the server takes no more calls on it: { $reason }
channel-why-server-closed = the server closed the connection without a word
channel-why-unused = no call used it for a long time
channel-why-given-up = whoever wanted it wants it no more
channel-why-asked = closed by the user

health-check = Check again
health-watch-all = Watch all
health-stop-all = Stop watching
health-watch = Watch { $name }
health-stop = Stop watching { $name }
health-server = The whole server
health-asking = asking…
health-unasked = not asked
health-answer = { $answer } at { $time }
health-watched =
    { $changes ->
        [one] { $answer } since { $time }, watched
       *[other] { $answer } since { $time }, { $changes } answers
    }
health-serving = Serving
health-not-serving = Not serving
health-unknown = Unknown
health-no-such-service = No such service
health-no-health-service = Cannot be told
health-no-watch = Cannot be watched
health-failed = Not answered
health-absent = The server has no health service (grpc.health.v1.Health).
health-more =
    { $count ->
        [one] 1 more service is not asked for.
       *[other] { $count } more services are not asked for.
    }

channelz-refresh = Refresh
channelz-list = What the server tells of its channels
channelz-absent = The server has no channelz service (grpc.channelz.v1.Channelz).
channelz-empty = The server tells of no servers and no channels.
channelz-cut = Only a part is shown.
channelz-server = Server { $id } { $name }
channelz-channel = Channel { $id } → { $target }
channelz-socket = Socket { $id }
channelz-listens = listens
channelz-calls = calls: { $started }, { $succeeded } succeeded, { $failed } failed
channelz-streams = streams: { $started }, { $succeeded } succeeded, { $failed } failed
channelz-messages = messages: { $sent } sent, { $received } received · keepalives: { $keepalives }
