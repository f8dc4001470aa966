import { VARIABLES, type Variable } from './variables.js';

const SECTIONS: Readonly<Record<Variable['section'], string>> = {
  service: 'Service',
  secrets: 'Keys (keep them out of version control)',
  cli: 'Command line',
  distributed: 'Distributed profile',
  observability: 'Logs and traces',
};

/** The text of .env.example, made from the table of variables; a test holds the file to it. */
export function renderEnvExample(): string {
  const sections = Object.entries(SECTIONS).map(([section, title]) => {
    const own = Object.entries(VARIABLES).filter(([, variable]) => variable.section === section);
    return [`## ${title}`, ...own.map(([name, variable]) => renderVariable(name, variable))].join('\n\n');
  });
  return [HEADER, ...sections].join('\n\n').concat('\n');
}

const HEADER = [
  '# Every environment variable of Tillstream. All are optional in the embedded profile; a commented line shows the',
  '# default, or an example where there is none. An unknown TILLSTREAM_* variable stops the start.',
].join('\n');

function renderVariable(name: string, variable: Variable): string {
  const value = variable.default === null ? `example: ${variable.example}` : `default: ${variable.default}`;
  return [`# ${variable.about}`, `# Must be ${variable.mustBe}; ${value}`, `# ${name}=${variable.default ?? ''}`].join(
    '\n',
  );
}
