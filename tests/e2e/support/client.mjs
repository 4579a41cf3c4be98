// A client that knows the services by their .proto files alone, as an ATS in another language would.
import fs from 'node:fs';
import path from 'node:path';

import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

import { BUILD_DIR, ROOT } from './paths.mjs';

function googleapis() {
  const cache = path.join(BUILD_DIR, 'CMakeCache.txt');
  const configured = fs.existsSync(cache) && fs.readFileSync(cache, 'utf8').match(/^ASSAY_GOOGLEAPIS:PATH=(.*)$/m)?.[1];
  const places = [configured, '/usr/share/gocode/src/github.com/gogo/googleapis', '/usr/include'];
  return places.find((place) => place && fs.existsSync(path.join(place, 'google/api/annotations.proto')));
}

const PROTO = path.join(ROOT, 'proto');
const files = fs.readdirSync(PROTO, { recursive: true }).filter((file) => file.endsWith('.proto'));
const definitions = protoLoader.loadSync([...files, 'google/rpc/status.proto', 'google/rpc/error_details.proto'], {
  includeDirs: [PROTO, googleapis()],
  keepCase: true,
  longs: String,
  enums: String,
  defaults: true,
  arrays: true,
  objects: true,
});

const codeName = (code) => Object.keys(grpc.status).find((name) => grpc.status[name] === code);

// google.rpc.Status as it stands in the trailer, with the details that we know taken apart.
function details(metadata) {
  const bytes = metadata.get('grpc-status-details-bin')[0];
  if (!bytes) return {};
  const found = {};
  for (const any of definitions['google.rpc.Status'].deserialize(bytes).details) {
    const type = any.type_url.replace('type.googleapis.com/', '');
    found[type.replace('google.rpc.', '')] = definitions[type].deserialize(any.value);
  }
  return found;
}

export class RpcError extends Error {
  constructor(method, error) {
    super(`${method}: ${codeName(error.code)} ${error.details}`);
    this.code = codeName(error.code);
    this.text = error.details;
    this.details = details(error.metadata);
    this.reason = this.details.ErrorInfo?.reason ?? '';
    this.domain = this.details.ErrorInfo?.domain ?? '';
    this.metadata = this.details.ErrorInfo?.metadata ?? {};
    this.violations = this.details.BadRequest?.field_violations ?? [];
  }

  // Whether the caller cannot know what became of the call.
  get inDoubt() {
    return ['UNAVAILABLE', 'UNKNOWN', 'DEADLINE_EXCEEDED', 'CANCELLED', 'INTERNAL'].includes(this.code);
  }

  fields() {
    return this.violations.map((violation) => violation.field).sort();
  }
}

export class Client {
  constructor(addresses) {
    this.addresses = addresses;
    this.channels = new Map();
  }

  channel(name) {
    if (!this.channels.has(name)) {
      const options = { 'grpc.initial_reconnect_backoff_ms': 50, 'grpc.min_reconnect_backoff_ms': 50, 'grpc.max_reconnect_backoff_ms': 300 };
      this.channels.set(name, new grpc.Client(this.addresses[name], grpc.credentials.createInsecure(), options));
    }
    return this.channels.get(name);
  }

  // `on` says which service is meant where the contract is one that all serve.
  method(full, on) {
    const [service, name] = full.split('/');
    const method = definitions[service]?.[name];
    if (!method) throw new Error(`no method ${full} in the contracts`);
    return { ...method, channel: this.channel(on ?? service.split('.')[1]) };
  }

  metadata({ token, onBehalfOf }) {
    const metadata = new grpc.Metadata();
    if (token) metadata.set('authorization', `Bearer ${token}`);
    if (onBehalfOf) metadata.set('assay-on-behalf-of', onBehalfOf);
    return metadata;
  }

  // Resolves to {response, cursor}; rejects with RpcError. `bytes` is sent in place of an encoded request.
  invoke(full, request, { token, onBehalfOf, seconds = 10, bytes, on } = {}) {
    const method = this.method(full, on);
    return new Promise((resolve, reject) => {
      let response;
      let trailers = new grpc.Metadata();
      const serialize = bytes === undefined ? method.requestSerialize : () => bytes;
      const call = method.channel.makeUnaryRequest(method.path, serialize, method.responseDeserialize, request,
        this.metadata({ token, onBehalfOf }), { deadline: Date.now() + seconds * 1000 },
        (error, value) => { if (error) reject(new RpcError(full, error)); else response = value; });
      call.on('status', (status) => {
        trailers = status.metadata;
        if (status.code === grpc.status.OK) resolve({ response, cursor: String(trailers.get('assay-cursor')[0] ?? '') });
      });
    });
  }

  async call(full, request, options) {
    return (await this.invoke(full, request, options)).response;
  }

  // The error of a call that has to be refused.
  async refused(full, request, options) {
    try {
      await this.invoke(full, request, options);
    } catch (error) {
      if (error instanceof RpcError) return error;
      throw error;
    }
    throw new Error(`${full} was accepted`);
  }

  // Sends messages over a client stream and resolves to the one answer.
  upload(full, messages, { token, seconds = 60 } = {}) {
    const method = this.method(full);
    return new Promise((resolve, reject) => {
      const call = method.channel.makeClientStreamRequest(method.path, method.requestSerialize, method.responseDeserialize,
        this.metadata({ token }), { deadline: Date.now() + seconds * 1000 },
        (error, value) => (error ? reject(new RpcError(full, error)) : resolve(value)));
      for (const message of messages) call.write(message);
      call.end();
    });
  }

  // Every message of a server stream that ends by itself.
  async *stream(full, request, { token, seconds = 60 } = {}) {
    const method = this.method(full);
    const call = method.channel.makeServerStreamRequest(method.path, method.requestSerialize, method.responseDeserialize,
      request, this.metadata({ token }), { deadline: Date.now() + seconds * 1000 });
    try {
      for await (const message of call) yield message;
    } catch (error) {
      throw error.metadata ? new RpcError(full, error) : error;
    } finally {
      call.cancel();
    }
  }

  // The events of a feed after a cursor, up to its end.
  async events(feed, token, after = '') {
    const events = [];
    let cursor = after;
    for await (const message of this.stream(`assay.${feed}.v1.EventService/StreamEvents`, { after, stop_at_end: true }, { token })) {
      events.push(...message.events);
      cursor = message.cursor;
    }
    return { events, cursor };
  }

  encode(type, message) {
    return definitions[type].serialize(message);
  }

  close() {
    for (const channel of this.channels.values()) channel.close();
  }
}
