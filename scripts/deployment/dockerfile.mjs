// Reads a Dockerfile into stages and checks what no general linter knows: that its stages, files and targets belong
// together, and that what runs is unprivileged.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { isPinned, isSecret, OTHER_IMAGES, root, SERVICES } from './files.mjs';

/**
 * @typedef {{keyword: string, flags: Record<string, string>, words: string[], text: string}} Instruction
 * @typedef {{name: string, from: string, instructions: Instruction[]}} Stage
 */

/** @returns {Stage[]} Throws Error on what it does not understand: heredocs, unnamed stages. */
export function parseDockerfile(text) {
  const stages = [];
  for (const line of logicalLines(text)) {
    const [, keyword, rest] = /^(\w+)\s+(.*)$/s.exec(line) ?? [];
    if (keyword === undefined) throw new Error(`not an instruction: ${line}`);
    if (/<<-?["']?\w/.test(rest)) throw new Error(`heredocs are not read: ${line}`);
    if (keyword === 'FROM') {
      const [, from, name] = /^(\S+)\s+AS\s+(\S+)$/i.exec(rest) ?? [];
      if (name === undefined) throw new Error(`a stage without a name: FROM ${rest}`);
      stages.push({ name, from, instructions: [] });
    } else stages.at(-1)?.instructions.push(instruction(keyword, rest));
  }
  return stages;
}

function logicalLines(text) {
  const lines = text.split('\n').filter((line) => !/^\s*#/.test(line));
  return lines
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function instruction(keyword, rest) {
  const flags = {};
  let text = rest;
  for (let flag = /^--([a-z-]+)(?:=(\S+))?\s+/.exec(text); flag; flag = /^--([a-z-]+)(?:=(\S+))?\s+/.exec(text)) {
    flags[flag[1]] = flag[2] ?? 'true';
    text = text.slice(flag[0].length);
  }
  return { keyword, flags, words: text.startsWith('[') ? JSON.parse(text) : text.split(/\s+/), text };
}

/** All instructions that make up a stage, those of the stages below it first. */
export function inherited(stages, name) {
  const stage = stages.find((each) => each.name === name);
  return stage === undefined ? [] : [...inherited(stages, stage.from), ...stage.instructions];
}

/** @returns {string[]} findings, empty when all is well. */
export function dockerfileProblems(text, ignoreText) {
  let stages;
  try {
    stages = parseDockerfile(text);
  } catch (error) {
    return [error.message];
  }
  const targets = [...SERVICES, ...OTHER_IMAGES];
  const missing = targets.filter((name) => !stages.some((stage) => stage.name === name));
  return [
    ...missing.map((name) => `there is no target ${name}`),
    ...stages.flatMap((stage, index) => stageProblems(stage, stages.slice(0, index), allowedByIgnore(ignoreText))),
    ...targets.filter((name) => !missing.includes(name)).flatMap((name) => targetProblems(stages, name)),
  ];
}

/** The folders and files that .dockerignore lets through again after its `*`. */
function allowedByIgnore(ignoreText) {
  const lines = ignoreText.split('\n').map((line) => line.trim());
  return lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
}

function stageProblems({ name, from, instructions }, earlier, allowed) {
  const isStage = (reference) => earlier.some((stage) => stage.name === reference);
  const problems = [];
  if (isStage(name)) problems.push(`${name}: two stages have this name`);
  if (!isStage(from) && !isPinned(from)) problems.push(`${name}: the image ${from} is neither a stage nor pinned`);
  for (const { keyword, flags, words, text } of instructions) {
    if (keyword === 'ADD') problems.push(`${name}: COPY does it without surprises: ADD ${text}`);
    if (/^(?:ENV|ARG)$/.test(keyword) && words.some((word) => isSecret(word.split('=')[0])))
      problems.push(`${name}: a secret would stay in the image: ${keyword} ${text}`);
    if (keyword !== 'COPY') continue;
    if (flags.from !== undefined && !isStage(flags.from))
      problems.push(`${name}: COPY --from=${flags.from} is no earlier stage`);
    if (flags.from !== undefined) continue;
    for (const source of words.slice(0, -1).map((word) => path.normalize(word))) {
      if (!existsSync(path.join(root, source))) problems.push(`${name}: COPY ${source} does not exist`);
      if (!allowed.some((each) => source === each || source.startsWith(`${each}/`)))
        problems.push(`${name}: .dockerignore does not send ${source}`);
    }
  }
  return problems;
}

function targetProblems(stages, name) {
  const instructions = inherited(stages, name);
  const last = (keyword) => instructions.findLast((each) => each.keyword === keyword);
  const entry = last('ENTRYPOINT');
  const health = last('HEALTHCHECK');
  const problems = [];
  if (!/^[1-9]\d*(:[1-9]\d*)?$/.test(last('USER')?.text ?? '')) problems.push('runs as root, or as a user by name');
  if (!entry?.text.startsWith('[')) problems.push('has no ENTRYPOINT in exec form: signals would not arrive');
  if (name === 'tools' ? health?.text !== 'NONE' : !/^CMD\s+\["node"/.test(health?.text ?? ''))
    problems.push('has no HEALTHCHECK in exec form');
  if (SERVICES.includes(name) && entry?.words[1] !== `services/${name}/dist/src/main.js`)
    problems.push(`starts ${entry?.words[1]}`);
  if (!instructions.some(({ keyword, text }) => keyword === 'LABEL' && text.includes(`"tillstream/${name}"`)))
    problems.push('has no title');
  if (instructions.some(({ keyword }) => keyword === 'RUN')) problems.push('runs commands: belongs in the build');
  for (const copy of instructions.filter(({ keyword, flags }) => keyword === 'COPY' && flags.from !== undefined)) {
    const from = stages.find((stage) => stage.name === copy.flags.from);
    const installs = from?.instructions.filter(({ text }) => /npm install/.test(text)) ?? [];
    if (!installs.every(({ text }) => text.includes('--omit=dev') && text.includes('--ignore-scripts')))
      problems.push(`${copy.flags.from} installs development dependencies or runs install scripts`);
    if (installs.length === 0) problems.push(`${copy.flags.from} installs nothing`);
  }
  return problems.map((problem) => `target ${name} ${problem}`);
}

/** Files that images start, which the build must have made. @returns {string[]} */
export function missingEntryFiles(files) {
  return files
    .filter((file) => !existsSync(path.join(root, file)))
    .map((file) => `${file} is started, but the build makes no such file`);
}
