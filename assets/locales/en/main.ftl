# Every text of the interface. Keys are the same in every language; a test holds that.
app-name = Trunkline
