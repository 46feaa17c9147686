import files from 'node:fs'
import { testVectors } from '../testing/vector-suite.ts'
import { anthropicMessages } from './index.ts'

testVectors(anthropicMessages, files)
