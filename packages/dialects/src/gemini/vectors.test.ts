import files from 'node:fs'
import { testVectors } from '../testing/vector-suite.ts'
import { geminiContent } from './index.ts'

testVectors(geminiContent, files, { model: 'm1' })
