// helloworld.Greeter on grpc-js, telling a line of JSON of each call that it saw, for the checks of reach_checks.py.
//
// Finds its packages (@grpc/grpc-js, @grpc/proto-loader) where NODE_PATH says. Prints its address first, and runs until
// its standard input ends.
'use strict';

const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const text = (value) => (Buffer.isBuffer(value) ? value.toString('base64') : value);

const greeter = {
  SayHello(call, reply) {
    const deadline = call.getDeadline();
    const metadata = {};
    for (const key of Object.keys(call.metadata.getMap())) {
      metadata[key] = call.metadata.get(key).map(text).join(', ');
    }
    console.log(JSON.stringify({
      metadata,
      host: call.getHost(),
      remaining: deadline === Infinity ? null : Number(deadline) - Date.now(),
      length: call.request.name.length,
    }));
    reply(null, { message: `Hello, ${call.request.name}!` });
  },
};

const definition = loader.loadSync(path.join(__dirname, '../../proto-samples/helloworld.proto'), { keepCase: true });
const server = new grpc.Server();
server.addService(grpc.loadPackageDefinition(definition).helloworld.Greeter.service, greeter);
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`127.0.0.1:${port}`);
});
process.stdin.on('end', () => server.forceShutdown()).resume();
