import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foreignText, withoutControls } from '../../src/display/foreign.ts'

test('a name stays as it is, whatever its letters', () => {
  assert.equal(foreignText('Prüfung 报告.bin'), 'Prüfung 报告.bin')
})

test('a name neither draws, nor begins a line, nor turns the direction of writing', () => {
  assert.equal(foreignText('a\u001b[2Jb\nc\rd\u009be\u202ef\u2028g'), 'a?[2Jb?c?d?e?f?g')
})

test('output keeps its lines and colours, and nothing else that a terminal obeys', () => {
  assert.equal(withoutControls('\u001b[32mpass\u001b[39m\nnext'), '\u001b[32mpass\u001b[39m\nnext')
  assert.equal(withoutControls('\u001b]0;title\u0007\u001b[2J\u001b[1A\r\u009b2J'), '?]0;title??[2J?[1A??2J')
})
