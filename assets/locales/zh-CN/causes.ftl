# 调用失败的原因；以 -hint 结尾的是建议。
cause-refused = { $address } 上没有服务在监听
cause-refused-hint = 请检查端口，并确认服务器正在运行。
