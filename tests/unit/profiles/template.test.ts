import { expect, test } from '@jest/globals';
import { fillTemplate } from '../../../contract/shared/template.ts';

const values = { TASK: 'fix it', REPO_URL: 'https://h/r', BASE_REF: 'main', JOB_ID: 'id', PROFILE: 'code' };

test('every placeholder gets its value, as often as it stands there', () => {
  const template = '{{TASK}} {{REPO_URL}} {{BASE_REF}} {{JOB_ID}} {{PROFILE}} {{ TASK }}';
  expect(fillTemplate(template, values)).toBe('fix it https://h/r main id code fix it');
});

test('a value is data: what looks like a placeholder or a replacement pattern in it stays', () => {
  const task = "{{JOB_ID}} $& $1 $' {{TASK}}";
  expect(fillTemplate('{{TASK}}|{{BASE_REF}}', { ...values, TASK: task, BASE_REF: '{{TASK}}' })).toBe(
    `${task}|{{TASK}}`,
  );
});

test('other braces stay as they are', () => {
  expect(fillTemplate('{{task}} {TASK} {{OTHER}} ${{x}}', values)).toBe('{{task}} {TASK} {{OTHER}} ${{x}}');
});
