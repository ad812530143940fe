// helloworld.Greeter on connect-node, for the checks of run.py: gRPC, gRPC-Web and Connect on one server of HTTP/1.1 and
// one of HTTP/2 without TLS.
//
// Usage: connect_node.cjs DESCRIPTOR_SET. Finds its packages (@connectrpc/connect, @connectrpc/connect-node,
// @bufbuild/protobuf) where NODE_PATH says. Prints the two addresses in a line each, and runs until its standard input
// ends.
'use strict';

const fs = require('fs');
const http = require('http');
const http2 = require('http2');
const { create, createFileRegistry, fromBinary } = require('@bufbuild/protobuf');
const { FileDescriptorSetSchema } = require('@bufbuild/protobuf/wkt');
const { Code, ConnectError } = require('@connectrpc/connect');
const { compressionGzip, connectNodeAdapter } = require('@connectrpc/connect-node');

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, fs.readFileSync(process.argv[2])));
const service = registry.getService('helloworld.Greeter');
const request = registry.getMessage('helloworld.HelloRequest');
const reply = registry.getMessage('helloworld.HelloReply');

const hello = (name) => create(reply, { message: `Hello, ${name}!` });

// What x-… was sent comes back as headers; a name that says so fails; each call has a trailer.
const begin = (context) => {
  for (const [name, value] of context.requestHeader) {
    if (name.startsWith('x-')) context.responseHeader.set(`x-echo-${name}`, value);
  }
  context.responseTrailer.set('x-trailer', 'node');
};

const failing = (name) => {
  if (name !== 'fail') return;
  const details = [{ desc: request, value: create(request, { name: 'detail' }) }];
  throw new ConnectError('没有: 100%', Code.FailedPrecondition, { 'x-reason': 'asked' }, details);
};

const greeter = {
  sayHello({ name }, context) {
    begin(context);
    failing(name);
    return hello(name);
  },

  async *sayHelloServerStreaming({ name }, context) {
    begin(context);
    for (let number = 1; number <= 5; number += 1) {
      yield create(reply, { message: `Hello, ${name}! Number ${number}` });
    }
    failing(name);
  },

  async sayHelloClientStreaming(requests, context) {
    begin(context);
    const names = [];
    for await (const { name } of requests) names.push(name);
    return hello(names.join(', '));
  },

  async *sayHelloBiDiStreaming(requests, context) {
    begin(context);
    for await (const { name } of requests) yield hello(name);
  },
};

const options = {
  routes: (router) => router.service(service, greeter),
  // All that is compressible is, so that the ends of streams are too.
  acceptCompression: [compressionGzip],
  compressMinBytes: 0,
};
const behind = connectNodeAdapter({ ...options, requestPathPrefix: '/behind/a/prefix' });
const handler = connectNodeAdapter({ ...options, fallback: behind });
const servers = [http.createServer(handler), http2.createServer(handler)];
const listening = servers.map((server) => new Promise((done) => {
  server.listen(0, '127.0.0.1', () => done(server.address().port));
}));
Promise.all(listening).then((ports) => ports.forEach((port) => console.log(`127.0.0.1:${port}`)));
process.stdin.on('end', () => process.exit(0)).resume();
