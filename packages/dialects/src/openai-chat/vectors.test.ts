import files from 'node:fs'
import { testVectors } from '../testing/vector-suite.ts'
import { openAiChat } from './index.ts'

testVectors(openAiChat, files)
