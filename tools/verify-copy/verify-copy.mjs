#!/usr/bin/env node
/**
 * Checks an exported permanent copy against a published head, and needs nothing else: no service, no database, no package,
 * no other file of the project. Read it before you trust it; it is one file for that.
 *
 *   node verify-copy.mjs COPY.zip HEAD.json [--key KEY]
 *
 * HEAD.json: a signed head, or the daily file of heads with the public keys. KEY: the public key of the archive, as you have
 * it from elsewhere: base64 of its DER (SubjectPublicKeyInfo), or a PEM file. Without it the key published beside the head
 * is used, and that is said.
 *
 * Exit code 0: everything holds. 1: something does not; the first false thing is named. 2: it could not be asked.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inflateRawSync } from 'node:zlib';

/** The first false thing. */
export class Broken extends Error {
  constructor(zh, en) {
    super(`${zh} · ${en}`);
    this.name = 'Broken';
  }
}

const broken = (zh, en) => {
  throw new Broken(zh, en);
};

/** All checks in order. @returns the lines of what was found true. @throws Broken */
export function verifyCopy(zip, published, givenKey) {
  const said = [];
  const say = (zh, en) => said.push(`${zh} · ${en}`);

  const files = readZip(zip);
  const bag = oneBag(files);
  say(`压缩包完好，含一个档案包（${files.size} 个文件）`, `the zip is whole and holds one bag (${files.size} files)`);

  checkDeclaration(bag);
  say('BagIt 1.0 声明', 'BagIt 1.0 is declared');

  for (const algorithm of ['sha256', 'sm3']) {
    const { payload } = checkManifests(bag, algorithm);
    const name = algorithm === 'sha256' ? 'SHA-256' : 'SM3';
    say(
      `${name} 清单逐一相符（内容 ${payload} 个文件）`,
      `every file has the ${name} that its manifest names (${payload} of payload)`,
    );
  }
  checkOxum(bag);

  const copy = checkCanonical(bag);
  say('副本说明与各部分均为规范 JSON（RFC 8785）', 'the copy and its parts are canonical JSON (RFC 8785)');

  checkParts(bag, copy);
  say(
    `各单位部分（${copy.parts.map(({ owner }) => owner).join('、')}）与材料 ${copy.files.length} 件，按摘要相符`,
    `parts (${copy.parts.map(({ owner }) => owner).join(', ')}) and ${copy.files.length} papers are those that the copy names by digest`,
  );

  const proof = jsonOf(bag, 'proof.json');
  checkStatement(bag, copy, proof.statement);
  say(
    `封存说明：${proof.statement.copy}，${proof.statement.kind === 'permanent' ? '永久档案' : '转出留存副本'}，${proof.statement.sealedOn} 封存`,
    `the statement speaks of this copy: ${proof.statement.kind}, sealed on ${proof.statement.sealedOn}`,
  );

  const leaf = sha256(Buffer.of(0), Buffer.from(canonical(proof.statement)));
  if (leaf.toString('hex') !== proof.leaf?.hash)
    broken('封存说明与叶子摘要不符', 'the leaf is not the hash of the statement');
  say(`日志第 ${proof.leaf.index} 号叶子`, `leaf ${proof.leaf.index} of the log`);

  const { head, keys } = headOf(published, proof.head?.size);
  const path = (Array.isArray(proof.path) ? proof.path : []).map((hex) => Buffer.from(String(hex), 'hex'));
  if (!isIncluded(leaf, proof.leaf.index, head.size, path, Buffer.from(String(head.root), 'hex')))
    broken('叶子不在所公布的日志之中', 'the leaf is not in the tree of the published head');
  say(
    `包含于 ${head.size} 个叶子的日志，根与公布相同`,
    `included in the log of ${head.size} leaves, under the published root`,
  );

  const { key, source } = keyOf(head, keys, givenKey);
  const { log, size, root, at, previous } = head;
  const signedText = canonical({ log, size, root, at, previous });
  if (!verify(null, Buffer.from(signedText), key, Buffer.from(String(head.signature), 'base64url')))
    broken('日志首部签名不成立', 'the signature of the head is false');
  if (proof.statement.sealedAt > at)
    broken('封存时间晚于日志首部', 'the copy says it was sealed after the head that holds it');
  say(
    `日志首部签名成立（${at}，密钥 ${idOf(key)}，${source.zh}）`,
    `the head is signed (${at}, key ${idOf(key)}, ${source.en})`,
  );
  return said;
}

// --- zip ------------------------------------------------------------------------------------------------------------

/** Files of a zip by path. What the directory and the entries say of one file must agree. */
export function readZip(zip) {
  let end = zip.length - 22;
  while (end >= 0 && zip.readUInt32LE(end) !== 0x06054b50) end -= 1;
  if (end < 0) broken('不是完整的 zip 文件', 'this is no whole zip file');
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  const files = new Map();
  for (let i = 0; i < count; i += 1) {
    if (at + 46 > zip.length || zip.readUInt32LE(at) !== 0x02014b50)
      broken('zip 目录损坏', 'the directory of the zip is broken');
    const method = zip.readUInt16LE(at + 10);
    const crc = zip.readUInt32LE(at + 16);
    const [packed, size] = [zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 24)];
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    const local = zip.readUInt32LE(at + 42);
    const path = zip.toString('utf8', at + 46, at + 46 + nameLength);
    at += 46 + nameLength + extra + comment;
    if (path.endsWith('/')) continue;
    if (path.startsWith('/') || path.includes('\\') || path.split('/').includes('..'))
      broken(`zip 内路径可疑：${path}`, `a path in the zip leads elsewhere: ${path}`);
    if (files.has(path)) broken(`zip 内有两个 ${path}`, `the zip holds ${path} twice`);
    if (local + 30 > zip.length || zip.readUInt32LE(local) !== 0x04034b50)
      broken('zip 条目损坏', 'an entry of the zip is broken');
    if (zip.toString('utf8', local + 30, local + 30 + zip.readUInt16LE(local + 26)) !== path)
      broken(`zip 内 ${path} 另有其名`, `${path} has another name where it lies in the zip`);
    const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const raw = zip.subarray(from, from + packed);
    let bytes;
    try {
      bytes = method === 0 ? raw : method === 8 ? inflateRawSync(raw, { maxOutputLength: size + 1 }) : undefined;
    } catch {
      bytes = undefined;
    }
    if (!bytes || bytes.length !== size || crc32(bytes) !== crc)
      broken(`zip 内 ${path} 损坏`, `${path} is damaged in the zip`);
    files.set(path, bytes);
  }
  return files;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c >>> 0;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

// --- bag ------------------------------------------------------------------------------------------------------------

/** The files of the one bag, by path below its folder. */
function oneBag(files) {
  const folders = new Set([...files.keys()].map((path) => path.slice(0, path.indexOf('/') + 1)));
  const [folder] = folders;
  if (folders.size !== 1 || !folder) broken('zip 内应只有一个档案包', 'the zip must hold one bag and nothing else');
  return new Map([...files].map(([path, bytes]) => [path.slice(folder.length), bytes]));
}

const fileOf = (bag, path) => bag.get(path) ?? broken(`缺少 ${path}`, `${path} is missing`);

function jsonOf(bag, path) {
  try {
    return JSON.parse(fileOf(bag, path).toString('utf8'));
  } catch (error) {
    if (error instanceof Broken) throw error;
    return broken(`${path} 不是 JSON`, `${path} is no JSON`);
  }
}

function checkDeclaration(bag) {
  if (fileOf(bag, 'bagit.txt').toString() !== 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n')
    broken('bagit.txt 不是 BagIt 1.0 声明', 'bagit.txt does not declare BagIt 1.0');
}

/** Path → digest, as a manifest names them. */
function manifestOf(bag, name) {
  const lines = fileOf(bag, name).toString('utf8').split('\n').filter(Boolean);
  const entries = lines.map((line) => {
    const [, digest, path] =
      /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? broken(`${name} 有无法识别的一行`, `a line of ${name} cannot be read`);
    return [path.replace(/%0A/gi, '\n').replace(/%0D/gi, '\r').replace(/%25/g, '%'), digest];
  });
  if (new Set(entries.map(([path]) => path)).size !== entries.length)
    broken(`${name} 有重复`, `${name} names a file twice`);
  return new Map(entries);
}

const tagNames = ['bag-info.txt', 'bagit.txt', 'manifest-sha256.txt', 'manifest-sm3.txt'];

function checkManifests(bag, algorithm) {
  const check = (name) => {
    const named = manifestOf(bag, name);
    for (const [path, digest] of named)
      if (hash(algorithm, fileOf(bag, path)) !== digest)
        broken(`${path} 与 ${name} 所载摘要不符`, `${path} does not have the digest that ${name} names`);
    return named;
  };
  const tags = check(`tagmanifest-${algorithm}.txt`);
  for (const name of tagNames)
    if (!tags.has(name))
      broken(`tagmanifest-${algorithm}.txt 未列 ${name}`, `tagmanifest-${algorithm}.txt does not name ${name}`);
  const payload = check(`manifest-${algorithm}.txt`);
  for (const path of bag.keys())
    if (path.startsWith('data/') && !payload.has(path))
      broken(`${path} 不在 manifest-${algorithm}.txt 之中`, `${path} is not named in manifest-${algorithm}.txt`);
  const allowed = new Set([...tagNames, 'tagmanifest-sha256.txt', 'tagmanifest-sm3.txt', 'proof.json']);
  for (const path of bag.keys())
    if (!path.startsWith('data/') && !allowed.has(path)) broken(`多出文件 ${path}`, `${path} belongs to nothing`);
  return { payload: payload.size };
}

function checkOxum(bag) {
  const payload = [...bag].filter(([path]) => path.startsWith('data/'));
  const oxum = `${payload.reduce((sum, [, bytes]) => sum + bytes.length, 0)}.${payload.length}`;
  if (!fileOf(bag, 'bag-info.txt').toString('utf8').split('\n').includes(`Payload-Oxum: ${oxum}`))
    broken('bag-info.txt 的 Payload-Oxum 与内容不符', 'Payload-Oxum of bag-info.txt is not that of the payload');
}

// --- copy -----------------------------------------------------------------------------------------------------------

function checkCanonical(bag) {
  for (const [path, bytes] of bag) {
    if (path !== 'data/copy.json' && !path.startsWith('data/parts/')) continue;
    let text;
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
      text = canonical(JSON.parse(text)) === text ? text : undefined;
    } catch {
      text = undefined;
    }
    if (text === undefined) broken(`${path} 不是规范 JSON`, `${path} is not in canonical form`);
  }
  const copy = jsonOf(bag, 'data/copy.json');
  if (copy.format !== 'xueji-copy-1') broken('不认识的副本格式', 'the format of the copy is not known');
  if (!Array.isArray(copy.parts) || !Array.isArray(copy.files))
    broken('副本说明不全', 'the copy does not name its parts');
  return copy;
}

function checkParts(bag, copy) {
  const named = new Set(['data/copy.json']);
  for (const { owner, sha256: digest } of copy.parts) {
    const path = `data/parts/${owner}.json`;
    named.add(path);
    if (hash('sha256', fileOf(bag, path)) !== digest)
      broken(`${path} 与副本所载摘要不符`, `${path} is not the part that the copy names`);
  }
  for (const { sha256: digest } of copy.files) {
    const path = `data/files/${digest}`;
    named.add(path);
    if (hash('sha256', fileOf(bag, path)) !== digest)
      broken(`${path} 与其名称（摘要）不符`, `${path} is not what its name says`);
  }
  for (const path of bag.keys())
    if (path.startsWith('data/') && !named.has(path)) broken(`副本未载明 ${path}`, `the copy does not name ${path}`);
}

function checkStatement(bag, copy, statement) {
  if (!statement || typeof statement !== 'object') broken('proof.json 没有封存说明', 'proof.json has no statement');
  for (const [algorithm, member] of [
    ['sha256', 'sha256'],
    ['sm3', 'sm3'],
  ])
    if (hash(algorithm, fileOf(bag, `tagmanifest-${algorithm}.txt`)) !== statement[member])
      broken(`封存说明的 ${algorithm} 与档案包不符`, `the statement names another ${algorithm} of the bag`);
  for (const member of ['copy', 'student', 'kind', 'school', 'stage', 'sealedOn', 'sealedAt'])
    if (statement[member] !== copy[member])
      broken(`封存说明的 ${member} 与副本不符`, `statement and copy differ in ${member}`);
}

// --- log ------------------------------------------------------------------------------------------------------------

/** The published head of the size that the export proves against. */
function headOf(published, size) {
  const heads = Array.isArray(published.heads) ? published.heads : [published];
  const head = heads.find((one) => one.size === size);
  if (!head)
    broken(
      `导出文件针对 ${size} 个叶子的日志首部，所给文件中没有；请取该首部，或重新导出`,
      `the export proves against the head of ${size} leaves, which is not among those given: get that head, or export anew`,
    );
  return { head, keys: published.keys ?? {} };
}

function keyOf(head, keys, given) {
  const from = (text) => {
    try {
      const pem = existsSync(text) ? readFileSync(text, 'utf8') : text;
      return pem.includes('-----BEGIN')
        ? createPublicKey(pem)
        : createPublicKey({ key: Buffer.from(pem.trim(), 'base64'), format: 'der', type: 'spki' });
    } catch {
      return broken('公钥无法读取', 'the public key cannot be read');
    }
  };
  const text =
    given ?? keys[head.key] ?? broken(`没有密钥 ${head.key}`, `there is no key ${head.key}: give one by --key`);
  const key = from(text);
  if (key.asymmetricKeyType !== 'ed25519' || idOf(key) !== head.key)
    broken('公钥不是签署该首部的密钥', 'this is not the key that the head names');
  return {
    key,
    source: given
      ? { zh: '由您给出', en: 'given by you' }
      : { zh: '随首部公布，请另行核对', en: 'published beside the head: compare it with another source' },
  };
}

const idOf = (key) =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);

/** RFC 9162, 2.1.3.2. */
function isIncluded(leaf, index, size, path, root) {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  let [fn, sn] = [BigInt(index), BigInt(size - 1)];
  let node = leaf;
  for (const part of path) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      node = sha256(Buffer.of(1), part, node);
      while (!(fn & 1n) && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else node = sha256(Buffer.of(1), node, part);
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n && node.equals(root);
}

function sha256(...parts) {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
}

const hash = (algorithm, bytes) => createHash(algorithm).update(bytes).digest('hex');

/** RFC 8785. */
export function canonical(value) {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error('no form for this number');
  if (typeof value === 'string' && !value.isWellFormed()) throw new Error('no form for a lone surrogate');
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join(',')}}`;
}

// --- command --------------------------------------------------------------------------------------------------------

function main(args) {
  const at = args.indexOf('--key');
  const [, key] = at < 0 ? [] : args.splice(at, 2);
  if (args.length !== 2 || (at >= 0 && !key)) {
    console.error('用法 · usage: node verify-copy.mjs COPY.zip HEAD.json [--key KEY]');
    return 2;
  }
  let zip, published;
  try {
    zip = readFileSync(args[0]);
    published = JSON.parse(readFileSync(args[1], 'utf8'));
  } catch (error) {
    console.error(`无法读取 · cannot be read: ${error.message}`);
    return 2;
  }
  try {
    for (const line of verifyCopy(zip, published, key)) console.log(`✓ ${line}`);
    console.log(`真实 · genuine: ${basename(args[0])}`);
    return 0;
  } catch (error) {
    console.log(`✗ ${error instanceof Broken ? error.message : `格式不对 · malformed: ${error.message}`}`);
    console.log(`不能证明真实 · not genuine: ${basename(args[0])}`);
    return 1;
  }
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1])
  process.exitCode = main(process.argv.slice(2));
