// The OAuth 2 server of oauth2-mock-server, telling a line of JSON of each token that it gave and of each login, for the
// checks of auth_checks.py.
//
// Finds its package where NODE_PATH says. Prints its URL first, and runs until its standard input ends. A client whose id
// begins with `short` gets tokens that hold for 2 seconds, one whose id begins with `refused` gets none.
'use strict';

const { OAuth2Server } = require('oauth2-mock-server');

const tell = (what) => console.log(JSON.stringify(what));

const clientOf = (request) => {
  const [, basic] = (request.headers.authorization || '').split(' ');
  if (basic) return { client: Buffer.from(basic, 'base64').toString(), by: 'header' };
  return { client: `${request.body.client_id}:${request.body.client_secret}`, by: 'body' };
};

(async () => {
  const server = new OAuth2Server();
  await server.issuer.keys.generate('RS256');
  server.service.on('beforeResponse', (response, request) => {
    const { client, by } = clientOf(request);
    tell({ grant: request.body.grant_type, client, by, form: request.body });
    if (client.startsWith('short')) response.body.expires_in = 2;
    if (client.startsWith('refused')) {
      response.statusCode = 401;
      response.body = { error: 'invalid_client', error_description: 'nobody knows you' };
    }
  });
  server.service.on('beforeAuthorizeRedirect', (redirect, request) => tell({ login: request.query }));
  await server.start(0, '127.0.0.1');
  console.log(`http://127.0.0.1:${server.address().port}`);
  process.stdin.on('end', () => process.exit(0)).resume();
})();
