# Why a call failed: what happened, and under `-hint` what to try.
cause-refused = Nothing listens at { $address }
cause-refused-hint = Check the port, and that the server is running.
