# 调用如何运行，以及从中看到什么。

# 请求的设置。
settings-time = 时间限制
settings-security = 安全
settings-connection = 连接
settings-messages = 消息
settings-retries = 重试
setting-reset = 重置{ $name }
setting-browse = 为{ $name }选择文件
setting-default = 默认
inherited-where = { $value }（{ $origin }）
setting-timeout-help = 整个调用（从发送到状态）最多可用的时间，服务器也会得知。不设置时调用可以一直运行。
setting-connect-timeout-help = 连接服务器最多可用的时间：域名解析、代理、TCP 和 TLS 合计
setting-wait-for-ready-label = 等待就绪
setting-wait-for-ready-help = 服务器无法连接时怎么办。开：在超时之内等待并重试，适合服务器正在启动时；关：立即以 UNAVAILABLE 失败。
setting-security-label = 加密
setting-security-help = 是否使用 TLS；自动时按协议前缀判断，没有前缀时按主机判断
setting-security-now = { $security }：{ $reason }
setting-ca-help = 一个 PEM 文件，其中的证书代替系统证书受信任：用于由公司内部或测试签发证书的服务器。
setting-cert-help = 服务器要求验证客户端身份时（双向 TLS）出示的证书：含证书链的 PEM 文件，或自带私钥的 .p12、.pfx 文件。
setting-key-help = 客户端证书的私钥（PEM 文件）。.p12 或 .pfx 文件自带私钥。
setting-password-help = 打开 .p12 或 .pfx 文件的密码。请用双花括号写变量，以免密码进入 git。
setting-password-hint = 无，或用双花括号写变量
setting-server-name-label = 服务器名称
setting-server-name-hint = Authority 中的主机名
setting-server-name-help = 服务器证书必须包含的名称（与目标主机不同时填写）：用于通过 IP 地址或隧道访问的服务器。
setting-insecure-label = 跳过验证
setting-insecure-help = 接受任何证书。途中任何人都可以读取和篡改内容：仅用于测试。
setting-insecure-inherited = 继承：开
setting-authority-help = 每次调用携带的服务器名称（:authority）。代理和有多个名称的服务器据此选择。
setting-protocol-label = 协议
setting-protocol-help = 几乎所有服务器都使用 gRPC。gRPC-Web 和 Connect 用于面向浏览器的服务器和网关。
setting-proxy-label = 代理
setting-proxy-help = 到达服务器途中的代理。环境变量 HTTPS_PROXY 指定代理，NO_PROXY 指定不经代理的主机。
proxy-environment = 按环境变量
proxy-none = 无
proxy-address = 指定地址
proxy-address-name = 代理地址
setting-user-agent-label = User agent
setting-user-agent-help = 客户端在每次调用中自称的名称；服务器会写入日志。
setting-keepalive-time-label = 保活间隔
setting-keepalive-time-help = 这么久没有收到数据，就用 ping 询问服务器是否还在：可发现已断的连接，并防止代理关闭安静的连接。低于 5 分钟时许多服务器会断开连接（too_many_pings）。off 表示不发送。
setting-keepalive-timeout-label = 保活超时
setting-keepalive-timeout-help = 这种 ping 的应答最多可用的时间，超过即放弃连接。
setting-keepalive-without-calls-label = 空闲时保活
setting-keepalive-without-calls-help = 没有调用时也发送这种 ping。
setting-stream-window-label = 流窗口
setting-stream-window-help = 服务器在一个调用上可提前发送的字节数（HTTP/2 流量控制）。越大，远距离传输越快，占用内存也越多。
setting-connection-window-label = 连接窗口
setting-connection-window-help = 服务器在该连接的所有调用上合计可提前发送的字节数。
setting-max-receive-size-label = 最大接收
setting-max-receive-size-help = 更大的消息会以 RESOURCE_EXHAUSTED 结束调用。可写 64MB、512kB、字节数或 unlimited。
setting-max-send-size-label = 最大发送
setting-max-send-size-help = 更大的消息不会发送。许多服务器最多接收 4MB。
setting-compression-label = 压缩
setting-compression-help = 发送的消息如何压缩。无法读取的服务器会返回 UNIMPLEMENTED。
setting-accept-compression-label = 接受的压缩
setting-accept-compression-help = 服务器可使用的压缩：gzip、deflate、zstd，identity 表示不压缩
setting-retry-attempts-label = 尝试次数
setting-retry-attempts-help = 一个调用总共尝试的次数：2 到 5，1 表示不重试。只有尚未收到任何应答时才会重试。
setting-retry-backoff-label = 首次等待
setting-retry-backoff-help = 第一次重试之前的等待；之后每次加倍
setting-retry-max-backoff-label = 最长等待
setting-retry-max-backoff-help = 两次尝试之间的等待不会更长
setting-retry-codes-label = 重试的状态码
setting-retry-codes-help = 出现这些状态码后再次尝试
choice-off = 关
choice-on = 开
choice-grpc = gRPC
choice-grpc-web = gRPC-Web
choice-grpc-web-text = gRPC-Web 文本
choice-connect = Connect
choice-identity = 无
choice-gzip = gzip
choice-deflate = deflate
choice-zstd = zstd

# 文件夹或集合的设置。
defaults-name = 其下所有请求的设置
defaults-edit = 其下所有请求的设置…
defaults-title = “{ $name }”之下的设置
defaults-help = 其下的每个请求都使用这些设置，除非请求自己另有设置。
defaults-target-hint = 无：每个请求各有自己的目标地址
defaults-unsaved = 有未保存的更改。请保存或放弃。
defaults-discard = 放弃

# 元数据。
metadata-form = 元数据值 { $number } 的形式
metadata-handle = 元数据 { $number } 的顺序
metadata-handle-help = 拖动以移动，点击查看更多；编辑时按 Alt 加方向键移动该行
metadata-paste-hint = 粘贴“名称: 值”的多行文本，或带 -H 的命令行，即可添加多行。
metadata-replaced = { $origin }，已被下方替换
metadata-suggestion = { $rest } →

# 凭据。
auth-not-sent = 不会发送：元数据中有 { $name }，它优先于这些凭据。关闭该行即可发送凭据。
auth-algorithm-help = 令牌如何签名：HS 用双方共有的密钥，其余用私钥。
auth-claims-help = 令牌的内容，JSON 对象：iss、sub、aud 以及服务器要求的其他声明。
auth-lifetime-help = 在声明中没有时设置 iat（现在）和 exp（现在加上此时长）。旧令牌到期之前会签发新的。
auth-header-help = 令牌头部的其他成员，JSON 对象：服务器有多个密钥时需要 kid。
auth-key-file-help = 含密钥的 PEM 文件，代替密钥本身。
auth-entry-name-help = 携带令牌的元数据的名称。
auth-entry-prefix-help = 令牌之前的文字，中间有一个空格。
auth-grant-help = 客户端凭据：程序以自己的名义请求。授权码：您在浏览器中登录，程序以您的名义请求。
auth-token-url-help = 获取令牌的地址，文档中常称为 token endpoint。
auth-authorization-url-help = 登录的地址，文档中常称为 authorization endpoint。
auth-redirect-port-help = 浏览器登录后返回的地址所用的端口。如果服务商要求重定向地址与登记的完全一致（包括端口），请在此填写。
auth-scopes-help = 令牌允许做什么；具体写法由服务器规定。
auth-audience-help = 令牌的使用对象，服务器要求时填写（如 Auth0）。
auth-resource-help = 令牌所用于的资源地址，服务器要求时填写（RFC 8707）。
auth-client-auth-help = 获取令牌时 ID 和密钥放在哪里。服务器回答 invalid_client 时可换另一种。
auth-parameters-help = 请求令牌时的其他参数。
auth-command-timeout-help = 命令最多可运行的时间。
auth-signed-anew = 令牌可以签名。未设置有效期时，每次调用都会重新签名。

# 返回的内容。
entry-form = { $name } 的视图
entry-show = 显示 { $name }
entry-hide = 隐藏 { $name }
entry-copy = 复制 { $name }
entry-empty = 空
entry-more = 显示全部，{ $size }
entry-less = 收起
details-title = 状态的详情
details-copy = 复制详情 { $number }

# 时间线。
timeline-copy = 将时间线复制为文本
timeline-http = { $http }，{ $security }
http-1 = HTTP/1.1
http-2 = HTTP/2
peer-address = 地址
peer-via = 经由
peer-local = 本地地址
peer-tls = TLS
peer-cipher = 加密套件
peer-alpn = ALPN
peer-none = 无
peer-verified = 证书
peer-checked = 已验证
peer-skipped = 未验证
peer-not-verified = { $version }（未验证）
peer-doubt = 服务器证书未经验证。若验证，结果会是：{ $doubt }
peer-no-doubt = 服务器证书未经验证，但验证本来可以通过：不必跳过。
peer-key-log = 此连接的密钥写入了 SSLKEYLOGFILE 指定的文件：拿到该文件的人可以读取通信内容。
timeline-peer = { $address }，{ $security }，{ $reused }
timeline-via = { $before }，经 { $value }
timeline-local = { $before }，本地 { $value }
timeline-wire = { $size }，线上 { $wire }
timeline-sent = { $count ->
   *[other] 已发送 { $figure } 条消息
}（{ $size }）
timeline-received = { $count ->
   *[other] 已接收 { $figure } 条
}（{ $size }）
timeline-sums = { $sent }，{ $received }
moment-connected = 已连接，{ $reused }
moment-looked-up = 解析 { $host }：{ $addresses }
moment-trying = 正在尝试 { $address }
moment-failed = { $address } 失败：{ $reason }
moment-socket = 已连接到 { $address }
moment-tunnelled = 经代理 { $proxy }
moment-secured = 已协商 { $version }
moment-fetching-token = 正在获取令牌：{ $source }
moment-browser = 等待在浏览器中登录
moment-token = 令牌：{ $source }
moment-token-kept = 沿用先前调用的令牌：{ $source }
moment-settings = HTTP/2 设置
moment-settings-most = HTTP/2 设置，最多同时 { $most } 个调用
moment-requested = 请求头，{ $http }
moment-requested-stream = 请求头，流 { $stream }
moment-message = { $what } #{ $number }：{ $size }
moment-only-message = { $what }：{ $size }
moment-entries = { $what }（{ $count }）
moment-retrying = 第 { $attempt } 次尝试以 { $status } 失败；{ $wait } 后再试
certificate-subject = 主体
certificate-names = 名称
certificate-issuer = 颁发者
certificate-valid = 有效期
certificate-dates = { $from } 至 { $until }
certificate-serial = 序列号
certificate-fingerprint = SHA-256
tls-detail =
    { $known ->
        [not-found] 没有该文件或目录
        [permission-denied] 没有读取权限
        [folder] 它是一个文件夹
        [too-large] 文件过大
        [section-end] 缺少某一段的结束行
        [section-start] 某一段的起始行有误
        [base64] base64 内容有误
        [no-certificate] 编码不符合证书格式
        [unknown-key] 已损坏，或属于不支持的类型
        [short-key] 密钥过短
        [no-pkcs12] 编码不符合该文件格式
        [unknown-encryption] 加密或校验方式不受支持
        [unknown-content] 含有不支持的证书或密钥类型
        [version-1] 它是 X.509 第 1 版证书，而只接受第 3 版
        [extension] 含有无法识别的关键扩展
        [signature] 签名方式不受支持，可能是 SHA-1 或密钥过短
        [issuer-no-ca] 签发它的证书不是 CA 证书
        [name-constraint] 其 CA 无权为该名称担保（名称约束）
        [path-length] 中间证书数量超过其 CA 允许的上限（路径长度）
        [revoked] 已被吊销
       *[other] { $detail }
    }

# 发送。
call-not-sent = 未发送。{ $problem }
call-not-sent-more = 未发送。{ $problem }（另有 { $more } 个问题）
call-problem = { $place }：{ $problem }
call-attempts = 共 { $count } 次尝试
failure-setting = 转到“{ $name }”
