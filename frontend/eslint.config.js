import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

export default ts.config(
    { ignores: ['src/api/schema.d.ts'] },
    ...ts.configs.recommended,
    ...vue.configs['flat/essential'],
    { files: ['**/*.vue'], languageOptions: { parserOptions: { parser: ts.parser } } },
    {
        files: ['**/*.vue'],
        rules: { 'vue/no-undef-components': ['error', { ignorePatterns: ['RouterLink', 'RouterView', 'i18n-t'] }] },
    },
    { files: ['**/*.{ts,vue}'], rules: { 'no-undef': 'off' } },
)
