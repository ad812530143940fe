// grpc.testing.TestService of the interoperability cases on grpc-js, for the checks of run.py.
//
// Finds its packages (@grpc/grpc-js, @grpc/proto-loader) where NODE_PATH says. Prints its address, then one line
// `METHOD cancelled` for each call that its client cancelled, and runs until its standard input ends. grpc-js neither
// compresses its responses nor shows whether a request was compressed.
'use strict';

const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const PROTOS = path.join(__dirname, 'protos');
const INITIAL = 'x-grpc-test-echo-initial';
const TRAILING = 'x-grpc-test-echo-trailing-bin';

function begin(call, name) {
  const initial = call.metadata.get(INITIAL);
  if (initial.length > 0) {
    const metadata = new grpc.Metadata();
    metadata.set(INITIAL, initial[0]);
    call.sendMetadata(metadata);
  }
  call.on('cancelled', () => console.log(`${name} cancelled`));
}

function trailers(call) {
  const metadata = new grpc.Metadata();
  for (const value of call.metadata.get(TRAILING)) metadata.add(TRAILING, value);
  return metadata;
}

const refused = (call, { code, message }) => ({ code, details: message, metadata: trailers(call) });

function answer(call, request) {
  for (const { size } of request.response_parameters) call.write({ payload: { body: Buffer.alloc(size) } });
}

const service = {
  EmptyCall(call, reply) {
    begin(call, 'EmptyCall');
    reply(null, {}, trailers(call));
  },

  UnaryCall(call, reply) {
    begin(call, 'UnaryCall');
    const { response_status: status, response_size: size } = call.request;
    if (status) reply(refused(call, status));
    else reply(null, { payload: { body: Buffer.alloc(size) } }, trailers(call));
  },

  StreamingOutputCall(call) {
    begin(call, 'StreamingOutputCall');
    answer(call, call.request);
    call.end(trailers(call));
  },

  StreamingInputCall(call, reply) {
    begin(call, 'StreamingInputCall');
    let size = 0;
    call.on('data', (request) => { size += request.payload.body.length; });
    call.on('end', () => reply(null, { aggregated_payload_size: size }, trailers(call)));
  },

  FullDuplexCall(call) {
    begin(call, 'FullDuplexCall');
    call.on('data', (request) => {
      if (request.response_status) call.emit('error', refused(call, request.response_status));
      else answer(call, request);
    });
    call.on('end', () => call.end(trailers(call)));
  },
};

const options = { keepCase: true, defaults: true, includeDirs: [PROTOS] };
const definition = loader.loadSync('grpc/testing/test.proto', options);
const { UnimplementedCall: _none, ...methods } = grpc.loadPackageDefinition(definition).grpc.testing.TestService.service;
const server = new grpc.Server();
server.addService(methods, service);
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(`127.0.0.1:${port}`);
});
process.stdin.on('end', () => server.forceShutdown()).resume();
