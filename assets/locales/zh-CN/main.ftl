# 界面的全部文字。各语言的键相同，由测试保证。
app-name = Trunkline
