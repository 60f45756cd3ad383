# Builds Heed and serves /app/heed.config.ts, which you mount or copy in. The store is HEED_DATABASE_URL.
FROM node:24-bookworm-slim AS build
WORKDIR /build
ENV ONNXRUNTIME_NODE_INSTALL=skip
COPY package.json package-lock.json .npmrc tsconfig.json ./
COPY packages ./packages
COPY apps ./apps
COPY tools ./tools
RUN npm ci
RUN npm run build
RUN npm prune --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build --chown=node:node /build/package.json /heed/package.json
COPY --from=build --chown=node:node /build/node_modules /heed/node_modules
COPY --from=build --chown=node:node /build/packages /heed/packages
RUN ln -s /heed/node_modules /app/node_modules
USER node
EXPOSE 4141
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:4141/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/heed/packages/heed/dist/cli/main.js"]
CMD ["serve", "--host", "0.0.0.0", "--keys", "required", "--no-worker", "--log", "json"]
