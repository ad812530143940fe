// helloworld.Greeter on grpc-js, with reflection v1 and v1alpha, for the checks of run.py.
//
// Finds its packages (@grpc/grpc-js, @grpc/proto-loader, @grpc/reflection) where NODE_PATH says. Prints its address, and
// runs until its standard input ends. Methods that LACKING names, separated by commas, are declared but have no code.
'use strict';

const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const { ReflectionService } = require('@grpc/reflection');

const PAUSE_MS = 200;

const hello = (name) => ({ message: `Hello, ${name}!` });

const greeter = {
  SayHello(call, reply) {
    reply(null, hello(call.request.name));
  },

  SayHelloServerStreaming(call) {
    let number = 0;
    const next = () => {
      if (call.cancelled) return;
      number += 1;
      call.write({ message: `Hello, ${call.request.name}! Number ${number}` });
      if (number === 5) call.end();
      else setTimeout(next, PAUSE_MS);
    };
    next();
  },

  SayHelloClientStreaming(call, reply) {
    const names = [];
    call.on('data', (request) => names.push(request.name));
    call.on('end', () => reply(null, hello(names.join(', '))));
  },

  SayHelloBiDiStreaming(call) {
    call.on('data', (request) => call.write(hello(request.name)));
    call.on('end', () => call.end());
  },
};

for (const name of (process.env.LACKING || '').split(',')) delete greeter[name];

const definition = loader.loadSync(path.join(__dirname, '../../proto-samples/helloworld.proto'), { keepCase: true });
const server = new grpc.Server();
server.addService(grpc.loadPackageDefinition(definition).helloworld.Greeter.service, greeter);
new ReflectionService(definition).addToServer(server);
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`127.0.0.1:${port}`);
});
process.stdin.on('end', () => server.forceShutdown()).resume();
