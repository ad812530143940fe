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
setting-timeout-help = 整个调用最多可用的时间
setting-connect-timeout-help = 连接服务器最多可用的时间：域名解析、代理、TCP 和 TLS 合计
setting-wait-for-ready-label = 等待就绪
setting-wait-for-ready-help = 在超时之内等待服务器可连接，而不是立即失败
setting-security-label = 加密
setting-security-help = 是否使用 TLS；自动时按协议前缀判断，没有前缀时按主机判断
setting-security-now = { $security }：{ $reason }
setting-ca-help = 代替系统证书的受信任证书
setting-cert-help = 客户端出示的证书及其证书链
setting-key-help = 客户端证书的私钥
setting-server-name-label = 服务器名称
setting-server-name-hint = Authority 中的主机名
setting-server-name-help = 服务器证书必须包含的名称
setting-insecure-label = 跳过验证
setting-insecure-help = 接受任何证书：仅用于测试
setting-insecure-inherited = 继承：开
setting-authority-help = 每次调用中服务器的名称，即 :authority
setting-protocol-label = 协议
setting-protocol-help = 与服务器通信所用的协议
setting-proxy-label = 代理
setting-proxy-help = 到达服务器的途径；环境变量为 HTTPS_PROXY 和 NO_PROXY
proxy-environment = 按环境变量
proxy-none = 无
proxy-address = 指定地址
proxy-address-name = 代理地址
setting-user-agent-label = User agent
setting-user-agent-help = 客户端自称的名称
setting-keepalive-time-label = 保活间隔
setting-keepalive-time-help = 这么久没有收到数据就发送 ping；off 表示不发送
setting-keepalive-timeout-label = 保活超时
setting-keepalive-timeout-help = ping 的应答最多可用的时间
setting-keepalive-without-calls-label = 无调用时保活
setting-keepalive-without-calls-help = 没有调用时也发送 ping
setting-stream-window-label = 流窗口
setting-stream-window-help = 服务器在一个调用上可提前发送的字节数
setting-connection-window-label = 连接窗口
setting-connection-window-help = 服务器在所有调用上合计可提前发送的字节数
setting-max-receive-size-label = 最大接收
setting-max-receive-size-help = 更大的消息会结束调用；64MB、512kB、字节数或 unlimited
setting-max-send-size-label = 最大发送
setting-max-send-size-help = 更大的消息不会发送
setting-compression-label = 压缩
setting-compression-help = 发送的消息如何压缩
setting-accept-compression-label = 接受的压缩
setting-accept-compression-help = 服务器可使用的压缩：gzip、deflate、zstd，identity 表示不压缩
setting-retry-attempts-label = 尝试次数
setting-retry-attempts-help = 一个调用总共尝试的次数，最多 5 次；1 表示不重试
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

# 返回的内容。
entry-form = { $name } 的视图
entry-show = 显示 { $name }
entry-hide = 隐藏 { $name }
entry-copy = 复制 { $name }
details-title = 状态的详情
details-copy = 复制详情 { $number }

# 时间线。
timeline-copy = 将时间线复制为文本
timeline-peer = { $address }，{ $security }，{ $reused }
timeline-via = { $before }，经 { $value }
timeline-local = { $before }，本地 { $value }
timeline-wire = { $size }，线上 { $wire }
timeline-sent = { $count ->
   *[other] 已发送 { $count } 条消息
}（{ $size }）
timeline-received = { $count ->
   *[other] 已接收 { $count } 条
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
moment-requested = 请求头
moment-requested-stream = 请求头，流 { $stream }
moment-message = { $what } #{ $number }：{ $size }
moment-entries = { $what }（{ $count }）
moment-retrying = 第 { $attempt } 次尝试以 { $status } 失败；{ $wait } 后再试
certificate-subject = 主体
certificate-names = 名称
certificate-issuer = 颁发者
certificate-valid = 有效期
certificate-dates = { $from } 至 { $until }
certificate-serial = 序列号
certificate-fingerprint = SHA-256
