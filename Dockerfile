# sigma-sync as an image: Node, the compiled program and its dependencies on a plain Debian; no npm, no compiler, no
# state. Runs as a number without a name, on a read-only file system, without any capability. docs/deploy.md tells how.
#
#   docker build -t sigma-sync .
#   docker build --target airbyte -t source-sigma-sync .    the same as a source of Airbyte
#
# Both images can be replaced; the second one needs glibc and libstdc++ and nothing else, not even a shell.
ARG NODE_IMAGE=node:24-bookworm-slim
ARG RUNTIME_IMAGE=debian:bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# Install scripts would fetch a second Node; what is compiled here and runs later is the image's own.
RUN npm ci --ignore-scripts
COPY . .
RUN PATH="$PATH:/build/node_modules/.bin" node scripts/build.js \
 && npm prune --omit=dev --ignore-scripts
# Types, source maps of others, documentation and the embedded database's extensions are never loaded. Licences stay.
RUN find dist node_modules -type f \( -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' \) -delete \
 && find node_modules -type f -name '*.map' -delete \
 && find node_modules -type f -name '*.md' ! -iname '*licen[cs]e*' ! -iname '*notice*' -delete \
 && find node_modules/@electric-sql/pglite/dist -type f -name '*.tar.gz' -delete \
 && rm -rf node_modules/.package-lock.json node_modules/bintrees/test
# One folder for each layer of the image, from what changes least to what changes most.
RUN mkdir -p /layers/node/usr/local/bin /layers/modules/app /layers/program/app /layers/program/usr/local/bin \
 && cp -p "$(command -v node)" /layers/node/usr/local/bin/node \
 && cp -r node_modules /layers/modules/app/ \
 && cp -r bin config deploy dist package.json LICENSE /layers/program/app/ \
 && ln -s ../../../app/bin/sigma-sync.js /layers/program/usr/local/bin/sigma-sync \
 && chmod -R a+rX,go-w /layers

FROM ${RUNTIME_IMAGE} AS base
COPY --from=build /layers/node/ /
COPY --from=build /layers/modules/ /
COPY --from=build /layers/program/ /
# The only thing that is ever written outside of Postgres is the time of the last token request, under HOME; where
# that is read-only, too, the process keeps to the limit by itself. Compiled code is not kept: /tmp is everybody's.
ENV NODE_ENV=production HOME=/tmp
# A settings file is looked for in config/ of the working directory.
WORKDIR /srv/sigma-sync
USER 65532:65532
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="sigma-sync" \
      org.opencontainers.image.description="Keeps a Sigma Computing organization in Postgres" \
      org.opencontainers.image.source="https://github.com/sigma-sync/sigma-sync" \
      org.opencontainers.image.documentation="https://github.com/sigma-sync/sigma-sync/blob/main/docs/deploy.md" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

# Airbyte calls it with spec, check, discover or read. Its rows are kept in the Postgres that its config names.
FROM base AS airbyte
ARG VERSION=0.0.0
ENV AIRBYTE_ENTRYPOINT="node /app/bin/source-sigma-sync.js"
ENTRYPOINT ["node", "/app/bin/source-sigma-sync.js"]
LABEL io.airbyte.name="sigma-sync/source-sigma-sync" \
      io.airbyte.version="${VERSION}"

FROM base
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "/app/deploy/docker/healthcheck.js"]
# No shell in between: Node itself is process 1 and gets the signals.
ENTRYPOINT ["node", "/app/bin/sigma-sync.js"]
CMD ["start"]
