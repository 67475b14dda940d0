// SPDX-License-Identifier: MIT
/*
 * Node's parser, llhttp, as Node's own http modules drive it, with the hints
 * that they give it: there is no body in a 1xx, a 304 and what answers HEAD;
 * CONNECT, and what answers it, ends in a tunnel, as does a response that the
 * parser takes for an upgrade.
 *
 * The parser is not shown by a public module; Node keeps this way to it open.
 * It tells nobody how far it has read when a message is complete, so the end is
 * found by growing what it is given: it is the smallest number of octets, cut
 * in the same places, that completes the message. An octet behind those that it
 * would have taken as well, had it been there, cannot be seen. Nor does it tell
 * the framing: where the body is what stands behind the head, octet by octet, a
 * length delimits it (or, with no octet and no such field, nothing), and else
 * it was decoded. Where more than 16 KiB are given, an end that was found for one
 * way to cut them is not looked for again in the others, if it is in the segment
 * that completes the message. subjects/piped.h describes the pipe.
 */
'use strict';

const fs = require('fs');
const {HTTPParser} = process.binding('http_parser');

const CHECKED_SIZE_MAX = 16 * 1024;
const MAX_HEADER_SIZE = 0; // Node's own default
const parser = new HTTPParser(HTTPParser.REQUEST, {});

/* What the parser tells goes to the reading that is under way. */
let reading = null;

function skip(method, status, upgrade) {
  if (reading.test.isRequest) {
    return reading.methods[method] === 'CONNECT' ? 2 : 0;
  }
  if (upgrade || (reading.test.answers === 'CONNECT' && !reading.complete)) {
    return 2;
  }
  const bodiless = (status >= 100 && status < 200) || status === 304 ||
      (reading.test.answers === 'HEAD' && !reading.complete);
  return bodiless ? 1 : 0;
}

function fieldOf(headers, name) {
  for (let i = 0; i < (headers || []).length; i += 2) {
    if (headers[i].toLowerCase() === name) {
      return headers[i + 1].trim();
    }
  }
  return null;
}

parser[HTTPParser.kOnHeaders] = (headers) => {
  reading.headers.push(...headers);
};

parser[HTTPParser.kOnHeadersComplete] = (
    major, minor, headers, method, url, status, reason, upgrade, keepAlive) => {
  const hint = skip(method, status, upgrade);
  if (!reading.complete) {
    const length = fieldOf(headers || reading.headers, 'content-length');
    reading.headSegment = reading.segment;
    reading.hint = hint;
    reading.hasZeroLength = length !== null && /^0+$/.test(length);
    reading.keepAlive = keepAlive;
  }
  return hint;
};

parser[HTTPParser.kOnBody] = (octets, start, size) => {
  if (!reading.complete) {
    const end = size === undefined ? octets.length : start + size;
    reading.body.push(Buffer.from(octets.subarray(start || 0, end)));
  }
};

parser[HTTPParser.kOnMessageComplete] = () => {
  if (!reading.complete) {
    reading.complete = true;
    reading.completeSegment = reading.segment;
    reading.atEnd = reading.finished;
  }
};

/* Gives the segments, each [start, end), up to `limit` octets. */
function segmentsOf(way, limit) {
  const segments = [];
  let start = 0;
  for (const end of [...way, limit]) {
    if (end > start && start < limit) {
      segments.push([start, Math.min(end, limit)]);
      start = Math.min(end, limit);
    }
  }
  return segments;
}

/* Reads the first `limit` octets; all of them is where the peer may close. */
function feed(test, way, limit) {
  reading = {
    test,
    methods: test.methods,
    segment: [0, 0],
    headSegment: null,
    completeSegment: null,
    complete: false,
    finished: false,
    atEnd: false,
    headers: [],
    body: [],
    hint: 0,
    error: null,
  };
  parser.initialize(
      test.isRequest ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {},
      MAX_HEADER_SIZE, HTTPParser.kLenientNone);
  for (const segment of segmentsOf(way, limit)) {
    reading.segment = segment;
    const result = parser.execute(test.octets.subarray(...segment));
    if (result instanceof Error) {
      reading.error = result;
      return reading;
    }
    if (reading.complete && reading.hint === 2) {
      return reading;
    }
  }
  if (limit === test.octets.length && test.peerCloses && !reading.complete) {
    reading.finished = true;
    reading.error = parser.finish() || null;
  }
  return reading;
}

const isComplete = (test, way) => (limit) =>
    limit > 0 && feed(test, way, limit).complete && !reading.atEnd;

const hasHead = (test, way) => (limit) =>
    limit > 0 && feed(test, way, limit).headSegment !== null;

/* Gives the smallest number in (low, high] that suffices, as `high` does;
 * `guess` is the one of another way, or 0. */
function grow(suffices, low, high, guess, checked) {
  if (low < guess && guess <= high && !checked) {
    return guess;
  }
  if (low < guess && guess <= high && (guess === high || suffices(guess)) &&
      (guess - 1 === low || !suffices(guess - 1))) {
    return guess;
  }
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if (suffices(middle)) {
      high = middle;
    } else {
      low = middle;
    }
  }
  return high;
}

function framed(test, found, headEnd, end, body) {
  if (found.hint === 2) {
    return `tunnel@${end}`;
  }
  if (found.hint === 1) {
    return `none@${end}`;
  }
  if (!test.octets.subarray(headEnd, end).equals(body)) {
    return `chunked:${body.length}@${end}`;
  }
  return body.length > 0 || found.hasZeroLength ? `cl:${body.length}@${end}` :
                                                  `none@${end}`;
}

function completeAnswer(test, way, found) {
  const size = test.octets.length;
  const body = Buffer.concat(found.body);
  if (found.atEnd) {
    return {outcome: `close:${body.length}@${size}`, fate: 'c', body};
  }
  const checked = size <= CHECKED_SIZE_MAX;
  test.end = grow(
      isComplete(test, way), ...found.completeSegment, test.end, checked);
  test.headEnd = grow(
      hasHead(test, way), ...found.headSegment, test.headEnd, checked);
  const kept = found.keepAlive && found.error === null;
  return {
    outcome: framed(test, found, test.headEnd, test.end, body),
    fate: found.hint === 2 ? '?' : kept ? 'k' : 'c',
    body,
  };
}

function read(test, way) {
  const found = feed(test, way, test.octets.length);
  const error = found.error;
  const detail = error === null ? '' : `${error.code}: ${error.reason}`;
  const body = Buffer.alloc(0);
  if (found.complete) {
    return {...completeAnswer(test, way, found), detail};
  }
  if (found.finished) {
    return {outcome: 'incomplete', fate: 'c', body, detail};
  }
  return error === null ? {outcome: 'wait', fate: '?', body, detail} :
                          {outcome: 'error', fate: 'c', body, detail};
}

function parseWay(question, at, size) {
  const step = question.readUInt32LE(at);
  const count = question.readUInt32LE(at + 4);
  const way = [];
  for (let cut = step; step > 0 && cut < size; cut += step) {
    way.push(cut);
  }
  for (let i = 0; i < count; i++) {
    way.push(question.readUInt32LE(at + 8 + 4 * i));
  }
  return [way, at + 8 + 4 * count];
}

function short(text) {
  const line = text.replace(/[^ -~]/g, '?').slice(0, 200);
  return Buffer.concat([Buffer.from([line.length]), Buffer.from(line)]);
}

function pack(answer) {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(answer.body.length);
  return Buffer.concat([
    Buffer.from('a' + answer.fate), short(answer.outcome), size, answer.body,
    short(answer.detail)
  ]);
}

function answerWay(test, way) {
  try {
    return pack(read(test, way));
  } catch (error) { // of this program, not of its subject
    return Buffer.concat([Buffer.from('!'), short(String(error))]);
  }
}

function answerAll(question) {
  const start = 3 + question[2];
  const size = question.readUInt32LE(start);
  const test = {
    isRequest: question[0] === 0,
    peerCloses: question[1] === 1,
    answers: question.toString('latin1', 3, start),
    octets: question.subarray(start + 4, start + 4 + size),
    methods: process.binding('http_parser').methods,
    end: 0,
    headEnd: 0,
  };
  const parts = [];
  let last = Buffer.alloc(0);
  for (let at = start + 4 + size, way; at < question.length;) {
    [way, at] = parseWay(question, at, size);
    const part = answerWay(test, way);
    parts.push(part.equals(last) ? Buffer.from('=') : part);
    last = part;
  }
  return Buffer.concat(parts);
}

/* Gives that many octets of standard input, or null when it has ended. */
function receive(size) {
  const octets = Buffer.alloc(size);
  for (let at = 0; at < size;) {
    const got = fs.readSync(0, octets, at, size - at, null);
    if (got === 0) {
      return null;
    }
    at += got;
  }
  return octets;
}

function send(payload) {
  const frame = Buffer.alloc(4 + payload.length);
  frame.writeUInt32LE(payload.length);
  payload.copy(frame, 4);
  for (let at = 0; at < frame.length;) {
    at += fs.writeSync(1, frame, at);
  }
}

send(Buffer.from(
    `${process.versions.llhttp} (Node ${process.versions.node})`));
for (let size; (size = receive(4)) !== null;) {
  send(answerAll(receive(size.readUInt32LE())));
}
